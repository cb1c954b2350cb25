import { loadStages } from "../config/load.ts";
import { UserError } from "../errors.ts";
import type { Parsed } from "./argv.ts";
import { usageOf } from "./argv.ts";
import { valueOf } from "./intent.ts";
import type { World } from "./world.ts";

/** Puts in the stage that was left out, where the config has only one, and says which. Throws a `UserError` where it has several. */
export async function withOnlyStage(
  parsed: Extract<Parsed, { kind: "intent" }>,
  world: Pick<World, "cwd" | "env" | "home" | "stderr">,
): Promise<Parsed> {
  const { intent, verb } = parsed;
  const { cwd, env, home } = world;
  const names = await loadStages({ cwd, env, home, file: valueOf(intent, "config") });
  if (names.length > 1) {
    throw new UserError(`Which stage? ${names.join(", ")}. Usage: ${usageOf(verb).replace("[<stage>]", "<stage>")}`);
  }
  const [stage = ""] = names;
  // A config without stages is refused with all else that is wrong in it.
  if (stage !== "" && !intent.switches.has("json")) world.stderr.write(`Stage: ${stage}\n`);
  return { ...parsed, intent: { ...intent, stage, isStageLeftOut: true } };
}
