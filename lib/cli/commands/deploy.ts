import { basename, join } from "node:path";
import { resolveConfig } from "../../config/load.ts";
import type { Config } from "../../config/resolved.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError } from "../../errors.ts";
import type { Plan } from "../../plan/plan.ts";
import { sentenceOf } from "../../model/problem.ts";
import { trustWarnings } from "../../plan/trust.ts";
import type { Survey } from "../../remote/survey.ts";
import { conduct } from "../conduct.ts";
import { deployStage, readDeployLine } from "../deploy-line.ts";
import { inFlags, withoutConfig } from "../in-flags.ts";
import type { Intent } from "../intent.ts";
import { checkBuild, preparePlan, readyBuild } from "../prepare.ts";
import { preview } from "../preview.ts";
import type { World } from "../world.ts";

/** `bgdeploy deploy`: a run whose config is its command line. */
export async function deploy(intent: Intent, world: World): Promise<ExitCode> {
  try {
    const config = await commandLineConfig(intent, world);
    const build = await checkBuild(config, world);
    const plan = (surveys: readonly Survey[]): Plan => inWords(preparePlan(config, build, surveys));
    const purpose = build.release.id;
    if (intent.switches.has("dry-run")) return await preview(config, intent, world, plan);
    const prepare = (): void => readyBuild(build);
    return await conduct({ config, action: "run", purpose, plan, prepare }, intent, world);
  } catch (error) {
    throw error instanceof UserError ? inFlags(error) : error;
  }
}

/**
 * The config that the command line stands for. Nothing is read from one that lies here: the file is only where relative
 * paths start. Its unit has no sandbox, as the one of `raco koyo deploy`: its apps write where they like.
 */
export function commandLineConfig(
  intent: Intent,
  { cwd, env, home }: Pick<World, "cwd" | "env" | "home">,
): Promise<Config> {
  const written = { ...readDeployLine(intent, basename(cwd)), sandbox: false };
  return resolveConfig(written, join(cwd, "the command line"), { cwd, env, home, stage: deployStage });
}

/** The command line accepts what it says of users; whoever typed it is told what that means. */
function inWords(plan: Plan): Plan {
  const accepted = plan.targets.flatMap((target) =>
    trustWarnings(target).map((each) => ({ host: target.host.name, text: sentenceOf(each) })),
  );
  const known = [...accepted, ...plan.warnings].map((each) => ({ ...each, text: withoutConfig(each.text) }));
  const advice = plan.targets.map(({ host }) => ({ host: host.name, text: noSandbox }));
  return { ...plan, warnings: [...known, ...advice] };
}

const noSandbox =
  "the service runs without a sandbox, as with raco koyo deploy: an attacker who takes it over can write wherever its user can. A config adds one: bgdeploy init --from '<this command line>'";
