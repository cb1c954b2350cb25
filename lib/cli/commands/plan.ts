import type { ExitCode } from "../../errors.ts";
import type { Intent } from "../intent.ts";
import { checkBuild, preparePlan } from "../prepare.ts";
import { preview } from "../preview.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy plan`: reads the real hosts, takes no lock, writes nothing, and prints what a run would do. */
export async function plan(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "needed");
  const build = await checkBuild(config, world);
  return preview(config, intent, world, (surveys) => preparePlan(config, build, surveys));
}
