import type { ExitCode } from "../../errors.ts";
import { variants } from "../../model/variant.ts";
import { describeStatus } from "../../model/release.ts";
import { printable } from "../../model/printable.ts";
import { alignColumns } from "../../plan/table.ts";
import type { Survey } from "../../remote/survey.ts";
import type { AnswerBody } from "../../report/answers.ts";
import type { Intent } from "../intent.ts";
import { hostOf, lookPartly, sayAway, unreachable } from "../look.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy releases`: newest first, with what became of each on each host. */
export async function releases(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const { surveys, away } = await lookPartly(config, world, (found, missing) => ({ surveys: found, away: missing }));
  if (world.answer) {
    world.answer.give(
      { type: "releases", releases: surveys.flatMap((each) => releasesOn(each)) },
      { unreachable: unreachable(away, config.stage) },
    );
  } else world.stdout.write(releaseTable(surveys));
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

function releaseTable(surveys: readonly Survey[]): string {
  const ids = [...new Set(surveys.flatMap(({ facts }) => facts.releases.map(({ id }) => id)))].toSorted().toReversed();
  const rows = ids.map((id) => [printable(id), ...surveys.map((each) => whatBecame(each, id))]);
  if (rows.length === 0) return "No release yet.\n";
  return `${alignColumns([["release", ...surveys.map((each) => hostOf(each))], ...rows]).join("\n")}\n`;
}

function whatBecame({ facts }: Survey, id: string): string {
  const release = facts.releases.find((each) => each.id === id);
  const slots = variants.filter((variant) => facts.links[variant] === id);
  return release === undefined ? "-" : [describeStatus(release.status), ...slots].join(", ");
}
