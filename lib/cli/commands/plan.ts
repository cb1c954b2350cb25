import type { ExitCode } from "../../errors.ts";
import { exitCodes } from "../../errors.ts";
import { explain } from "../../plan/explain.ts";
import { survey } from "../../remote/survey.ts";
import { makePaint } from "../../report/paint.ts";
import { connectFleet } from "../fleet.ts";
import type { Intent } from "../intent.ts";
import { checkBuild, preparePlan } from "../prepare.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy plan`: reads the real hosts, takes no lock, writes nothing, and prints what a run would do. */
export async function plan(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "needed");
  const build = await checkBuild(config, world);
  const { places, connections } = await connectFleet(config, world);
  try {
    const surveys = await survey(places, world.randomWord(), undefined);
    const made = preparePlan(config, build, surveys);
    world.stdout.write(explain(made, { undo: intent.switches.has("undo"), paint: makePaint(world.stdout.color) }));
    return exitCodes.done;
  } finally {
    await connections.close();
  }
}
