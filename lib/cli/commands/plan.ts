import type { ExitCode } from "../../errors.ts";
import { exitCodes } from "../../errors.ts";
import { explain } from "../../plan/explain.ts";
import { makePaint } from "../../report/paint.ts";
import type { Intent } from "../intent.ts";
import { look } from "../look.ts";
import { checkBuild, preparePlan } from "../prepare.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy plan`: reads the real hosts, takes no lock, writes nothing, and prints what a run would do. */
export async function plan(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "needed");
  const build = await checkBuild(config, world);
  const made = await look(config, world, (surveys) => preparePlan(config, build, surveys));
  if (world.json) world.json.plan(made);
  else world.stdout.write(explain(made, { undo: intent.switches.has("undo"), paint: makePaint(world.stdout.color) }));
  return exitCodes.done;
}
