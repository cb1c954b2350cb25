import { UserError } from "../errors.ts";
import type { Intent } from "./intent.ts";
import type { World } from "./world.ts";

/** May what was shown be done? Throws a `UserError` where nobody can be asked. */
export async function agreed(intent: Intent, world: World, question = "Proceed?"): Promise<boolean> {
  if (intent.switches.has("yes")) return true;
  requireTerminal(world);
  return /^y(es)?$/i.test((await world.ask(`${question} [y/N] `)).trim());
}

/** Throws a `UserError` where nobody can be asked. */
export function requireTerminal({ interactive }: World): void {
  if (!interactive) throw new UserError("No terminal to prompt on; pass --yes");
}
