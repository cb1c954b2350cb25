import type { Config } from "../../config/resolved.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import { liveState } from "../../model/live.ts";
import { alignColumns } from "../../plan/table.ts";
import { printable } from "../../model/printable.ts";
import { describeSlot } from "../../plan/describe.ts";
import type { Survey } from "../../remote/survey.ts";
import { describeFreeze, parseFreeze } from "../../remote/lock.ts";
import { hostBody } from "../../report/json-bodies.ts";
import type { Intent } from "../intent.ts";
import type { Away } from "../look.ts";
import { hostOf, lookPartly, unreachable } from "../look.ts";
import { nameStage } from "../name-stage.ts";
import { readingOf } from "../reading.ts";
import { timeOf } from "../quantity.ts";
import { loadStage } from "../stage.ts";
import { watch } from "../watch.ts";
import type { World } from "../world.ts";

/** `bgdeploy status`: what serves on each host, by the facts; exit code 1 where something is wrong or hosts differ. */
export async function status(intent: Intent, world: World): Promise<ExitCode> {
  const every = timeOf(intent, "watch", "2s");
  const config = await loadStage(intent, world, "optional");
  if (every !== undefined) {
    if (world.answer) throw new UserError("--watch and --json do not go together");
    return watch(config, world, every, (found, away) => statusOf(found, away, config).text);
  }
  const { surveys, away } = await lookPartly(config, world, (found, missing) => ({ surveys: found, away: missing }));
  const { text, problems } = statusOf(surveys, away, config);
  const exitCode = problems.length === 0 ? exitCodes.done : exitCodes.failed;
  if (world.answer) {
    const found = surveys.map((each) => readingOf(each));
    world.answer.give(
      {
        type: "status",
        hosts: found.map(({ host, state, facts, problems: own }) => hostBody(host, state, facts, own)),
      },
      { problems, unreachable: unreachable(away, config.stage) },
    );
  } else world.stdout.write(text);
  return exitCode;
}

function statusOf(
  surveys: readonly Survey[],
  away: readonly Away[],
  { stage, hosts }: Config,
): { readonly text: string; readonly problems: readonly string[] } {
  const rows = hosts.flatMap(({ host: { name } }) => [
    ...surveys.filter((each) => hostOf(each) === name).map((each) => statusRow(each)),
    ...away.filter(({ host }) => host === name).map(({ host }) => [host, "unreachable", "?", "?", "?", "?", "?"]),
  ]);
  const readings = surveys.map((each) => readingOf(each));
  const found = [
    ...away.map(({ why }) => printable(why)),
    ...readings.flatMap(({ host, problems }) => problems.map((note) => `${host}: ${note}`)),
    ...drift(surveys),
  ];
  const problems = found.map((note) => nameStage(note, stage));
  const notes = [...problems, ...surveys.flatMap((each) => [...lockNotes(each), ...maintenanceNotes(each)])];
  const table = alignColumns([["host", "live", "since", "blue", "green", "at boot", "lock"], ...rows]);
  const lines = [...table, ...(notes.length === 0 ? [] : ["", ...notes])];
  return { text: `${lines.join("\n")}\n`, problems };
}

function statusRow({ place, facts }: Survey): readonly string[] {
  const state = liveState(facts, place.app.ports);
  const live = state.kind === "live" || state.kind === "down" ? state.live : undefined;
  const since = facts.releases.length === 0 ? undefined : sinceOf(facts.lastLive);
  const boot = (["blue", "green"] as const).filter((variant) => facts.units[variant].enabled);
  return [
    place.connected.session.host,
    state.kind === "unclear" ? "unclear" : (describeSlot(live && facts.links[live], live) ?? "nothing"),
    since ?? "?",
    facts.units.blue.active,
    facts.units.green.active,
    boot.length === 0 ? "none" : boot.join(" and "),
    facts.lock.freeze !== undefined ? "locked by hand" : facts.lock.held ? "a run" : "free",
  ];
}

/** When the last release that stayed went live. */
function sinceOf(line: string | undefined): string | undefined {
  const match = /"at":"([^"]+)"/.exec(line ?? "");
  return match?.[1];
}

/** Who locked a host by hand, and why: nothing is wrong there. */
function lockNotes({ place, facts }: Survey): readonly string[] {
  const { freeze } = facts.lock;
  if (freeze === undefined) return [];
  return [`${place.connected.session.host}: locked by hand: ${printable(describeFreeze(parseFreeze(freeze)))}`];
}

/** Who closed the site: nothing is wrong there. */
function maintenanceNotes({ place, facts: { maintenance } }: Survey): readonly string[] {
  if (!maintenance.on) return [];
  const by = maintenance.note === undefined ? "" : ` (${printable(describeFreeze(parseFreeze(maintenance.note)))})`;
  return [`${place.connected.session.host}: maintenance mode is on: visitors see the 503 page${by}`];
}

function drift(surveys: readonly Survey[]): readonly string[] {
  const releases = new Map(
    surveys.map((each) => {
      const { place, facts } = each;
      const state = liveState(facts, place.app.ports);
      const none = state.kind === "unclear" ? "unclear" : "nothing";
      return [hostOf(each), (state.kind === "live" && facts.links[state.live]) || none];
    }),
  );
  const groups = Map.groupBy(releases, ([, release]) => release);
  if (groups.size < 2) return [];
  const parts = [...groups].map(([release, hosts]) => `${release} on ${hosts.map(([host]) => host).join(", ")}`);
  return [`The hosts differ: ${parts.join("; ")}`];
}
