import type { ExitCode } from "../../errors.ts";
import { conduct } from "../conduct.ts";
import type { Intent } from "../intent.ts";
import { checkBuild, preparePlan, readyBuild } from "../prepare.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";
import { join } from "./join.ts";
import { plan } from "./plan.ts";

/** `bgdeploy run`: the config's tasks, on all hosts of a stage. */
export async function run(intent: Intent, world: World): Promise<ExitCode> {
  if (intent.values["join"] !== undefined) return join(intent, world);
  if (intent.switches.has("dry-run")) return plan(intent, world);
  const config = await loadStage(intent, world, "needed");
  const build = await checkBuild(config, world);
  const purpose = build.release.id;
  return conduct(
    {
      config,
      action: "run",
      purpose,
      plan: (surveys) => preparePlan(config, build, surveys),
      prepare: () => readyBuild(build),
    },
    intent,
    world,
  );
}
