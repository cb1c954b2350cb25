import type { ExitCode } from "../../errors.ts";
import { exitCodes } from "../../errors.ts";
import type { LiveState } from "../../model/live.ts";
import { liveState } from "../../model/live.ts";
import { alignColumns } from "../../plan/explain.ts";
import { describeSlot, printable } from "../../plan/describe.ts";
import type { Survey } from "../../remote/survey.ts";
import { describeFreeze, parseFreeze } from "../../remote/lock.ts";
import type { Intent } from "../intent.ts";
import { hostOf, look } from "../look.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy status`: what serves on each host, by the facts; exit code 1 where something is wrong or hosts differ. */
export async function status(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const surveys = await look(config, world, (found) => found);
  const rows = surveys.map((each) => statusRow(each));
  const notes = [...surveys.flatMap((each) => notesOf(each)), ...drift(surveys)];
  const locks = surveys.flatMap((each) => lockNotes(each));
  const table = alignColumns([["host", "live", "since", "blue", "green", "at boot", "lock"], ...rows]);
  world.stdout.write(
    `${[...table, ...(notes.length + locks.length === 0 ? [] : ["", ...notes, ...locks])].join("\n")}\n`,
  );
  return notes.length === 0 ? exitCodes.done : exitCodes.failed;
}

function statusRow({ place, facts }: Survey): readonly string[] {
  const state = liveState(facts, place.app.ports);
  const live = state.kind === "live" || state.kind === "down" ? state.live : undefined;
  const since = facts.releases.length === 0 ? undefined : sinceOf(facts.lastLive);
  const boot = (["blue", "green"] as const).filter((variant) => facts.units[variant].enabled);
  return [
    place.connected.session.host,
    describeSlot(live && facts.links[live], live) ?? "nothing",
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

function notesOf({ place, facts }: Survey): readonly string[] {
  const host = place.connected.session.host;
  const state = liveState(facts, place.app.ports);
  const live = state.kind === "live" ? state.live : undefined;
  const boot = (["blue", "green"] as const).filter((variant) => facts.units[variant].enabled);
  const wrongBoot = live !== undefined && !facts.lock.held && (boot.length !== 1 || boot[0] !== live);
  return [
    ...(facts.lock.held ? [] : stateNotes(state)).map((note) => `${host}: ${note}`),
    ...(wrongBoot
      ? [
          `${host}: after a reboot ${boot.join(" and ") || "nothing"} would start, but ${live} is live. The next run puts it right`,
        ]
      : []),
  ];
}

/** Who locked a host by hand, and why: nothing is wrong there. */
function lockNotes({ place, facts }: Survey): readonly string[] {
  const { freeze } = facts.lock;
  if (freeze === undefined) return [];
  return [`${place.connected.session.host}: locked by hand: ${printable(describeFreeze(parseFreeze(freeze)))}`];
}

function stateNotes(state: LiveState): readonly string[] {
  switch (state.kind) {
    case "first":
      return ["nothing was deployed yet"];
    case "down":
      return [`the live variant ${state.live} is DOWN: nothing serves`];
    case "unclear":
      return [state.problem];
    case "live":
      return state.repairs.length === 0 ? [] : ["an earlier run did not end; the next run puts it right first"];
  }
}

function drift(surveys: readonly Survey[]): readonly string[] {
  const releases = new Map(
    surveys.map((each) => {
      const { place, facts } = each;
      const state = liveState(facts, place.app.ports);
      return [hostOf(each), (state.kind === "live" && facts.links[state.live]) || "nothing"];
    }),
  );
  const groups = Map.groupBy(releases, ([, release]) => release);
  if (groups.size < 2) return [];
  const parts = [...groups].map(([release, hosts]) => `${release} on ${hosts.map(([host]) => host).join(", ")}`);
  return [`The hosts differ: ${parts.join("; ")}`];
}
