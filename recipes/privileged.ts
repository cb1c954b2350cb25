import type { Command, Line, Target, UnitVerb, Variant } from "../lib/index.ts";
import { sudo, unitWords } from "../lib/index.ts";

/** What is done to a unit as root, in the words that this host allows. */
export function unitCommand(
  { layout, facts }: Target,
  verb: UnitVerb,
  variant: Variant,
  { optional = false, explain }: { readonly optional?: boolean; readonly explain?: Line | undefined } = {},
): Command {
  // The helper has one rule for all that it does.
  return sudo(unitWords({ layout, sudo: facts.sudo }, verb, variant), {
    explain,
    optional: optional && !layout.strict,
  });
}
