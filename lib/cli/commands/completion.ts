import { didYouMean } from "../../config/suggest.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import { completionScripts } from "../completion/scripts.ts";
import type { Intent } from "../intent.ts";
import type { World } from "../world.ts";

/** `bgdeploy completion`: the script for one shell. */
export function completion({ operand = "" }: Intent, world: World): Promise<ExitCode> {
  const script = Object.hasOwn(completionScripts, operand) ? completionScripts[operand] : undefined;
  if (script === undefined) {
    const names = Object.keys(completionScripts);
    throw new UserError(
      `there is no completion for "${operand}".${didYouMean(operand, names)} It has: ${names.join(", ")}`,
    );
  }
  world.stdout.write(script);
  return Promise.resolve(exitCodes.done);
}
