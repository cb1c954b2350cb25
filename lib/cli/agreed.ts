import { UserError } from "../errors.ts";
import type { Intent } from "./intent.ts";
import type { World } from "./world.ts";

/** May what was shown be done? Throws a `UserError` where nobody can be asked. */
export async function agreed(intent: Intent, world: World): Promise<boolean> {
  if (intent.switches.has("yes")) return true;
  if (!world.interactive) throw new UserError("nothing was changed. To apply it without a prompt, add --yes");
  return /^y(es)?$/i.test((await world.ask("Proceed? [y/N] ")).trim());
}
