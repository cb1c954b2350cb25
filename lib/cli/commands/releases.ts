import type { ExitCode } from "../../errors.ts";
import { variants } from "../../model/variant.ts";
import type { Survey } from "../../remote/survey.ts";
import type { AnswerBody } from "../../report/answers.ts";
import { releaseRows } from "../../report/release-rows.ts";
import type { Intent } from "../intent.ts";
import { hostOf, lookPartly, sayAway, unreachable } from "../look.ts";
import { styleOf } from "../output.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy releases`: newest first, with what became of each on each host. */
export async function releases(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const { surveys, away } = await lookPartly(config, world, (found, missing) => ({ surveys: found, away: missing }));
  const known = surveys.flatMap((each) => releasesOn(each));
  if (world.answer) {
    world.answer.give({ type: "releases", releases: known }, { unreachable: unreachable(away, config.stage) });
  } else {
    const hosts = surveys.map((each) => hostOf(each));
    world.stdout.write(`${releaseRows(known, hosts, styleOf(world.stdout)).join("\n")}\n`);
  }
  return sayAway(away, config.stage, world);
}

function releasesOn(survey: Survey): AnswerBody<"releases">["releases"] {
  const newestFirst = survey.facts.releases.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  return newestFirst.map(({ id, status }) => ({
    host: hostOf(survey),
    release: id,
    status: status ?? null,
    variants: variants.filter((variant) => survey.facts.links[variant] === id),
  }));
}
