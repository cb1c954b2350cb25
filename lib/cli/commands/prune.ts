import type { Config } from "../../config/resolved.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import type { Duration } from "../../model/duration.ts";
import { parseDuration } from "../../model/duration.ts";
import { liveState } from "../../model/live.ts";
import { parseReleaseId } from "../../model/release.ts";
import { quote, sh } from "../../model/shell.ts";
import type { Target } from "../../model/target.ts";
import type { Task } from "../../model/task.ts";
import { printable } from "../../model/printable.ts";
import { unreadText } from "../../plan/unread.ts";
import { describe } from "../../plan/describe.ts";
import { listHosts } from "../../plan/host-list.ts";
import { makeTarget } from "../../plan/target.ts";
import { acquire, release } from "../../remote/acquire.ts";
import type { Holder } from "../../remote/lock.ts";
import type { HostCommand } from "../../model/command.ts";
import type { Survey } from "../../remote/survey.ts";
import { showBytes } from "../../model/bytes.ts";
import { journalCommand } from "../../run/journal.ts";
import { prune as pruneTask } from "../../../recipes/index.ts";
import { agreed, requireTerminal } from "../agreed.ts";
import { connectFleet } from "../fleet.ts";
import { holderOf } from "../holder.ts";
import type { AnswerBody } from "../../report/answers.ts";
import type { Intent } from "../intent.ts";
import { valueOf } from "../intent.ts";
import { hostOf, lookPartly, sayAway, unreachable } from "../look.ts";
import { countOf, timeOf } from "../quantity.ts";
import { loadStage, tasksOf } from "../stage.ts";
import { told } from "../told.ts";
import { refuseUntrusted } from "../trusted.ts";
import type { World } from "../world.ts";

/** Seconds that a walk through all releases may take. */
const walkLimit = 600;

/** `bgdeploy prune`: what a run deletes at its end, alone: shows it, asks, does it. */
export async function prune(intent: Intent, world: World): Promise<ExitCode> {
  const patience = timeOf(intent, "lock-wait", "30s or 5m") ?? 0;
  const config = await loadStage(intent, world, "optional");
  const task = chosenTask(intent, config);
  const now = world.now();
  if (intent.switches.has("dry-run")) {
    return await lookPartly(config, world, (surveys, away) => {
      const targets = targetsOf(config, surveys, now);
      const hosts = targets.map((target) => ({
        host: target.host.name,
        releases: goingFrom(target, task),
        freed: null,
      }));
      world.answer?.give({ type: "prune", deleted: false, hosts }, { unreachable: unreachable(away, config.stage) });
      world.stdout.write(list(targets, task));
      return sayAway(away, config.stage, world);
    });
  }
  const asks = !intent.switches.has("yes");
  if (asks) requireTerminal(world);
  const holder = holderOf(world, "prune");
  // Nobody is kept from deploying while a person makes up their mind.
  const fleet = await connectFleet(config, world, asks ? {} : { holder });
  const interrupt = new AbortController();
  let begins = !asks;
  const stop = world.onSignal((signal) => {
    if (interrupt.signal.aborted || !begins) {
      fleet.kill();
      world.exitNow(exitCodes.interrupted);
    }
    interrupt.abort(signal);
    fleet.hasten();
    world.stderr.write(`\n${signal}: finishing what is being deleted. Press Ctrl-C again to stop now.\n`);
  });
  let surveys: readonly Survey[] = [];
  try {
    const found = asks ? targetsOf(config, await fleet.surveys, now) : [];
    const shown = list(found, task);
    if (asks) {
      world.stdout.write(shown);
      if (found.every((target) => task.commands(target).length === 0)) return exitCodes.done;
      if (!(await agreed(intent, world, "Delete them?"))) return exitCodes.usage;
    }
    begins = true;
    const waiting = (sentence: string): void => world.stderr.write(`${sentence} Waiting …\n`);
    surveys = await acquire(fleet.places, {
      ...world,
      holder,
      patience,
      waiting,
      interrupted: interrupt.signal,
      ...(asks ? {} : { first: fleet.surveys }),
    });
    refuseUntrusted(surveys, config.stage);
    const targets = targetsOf(config, surveys, now);
    refuseUnlocked(surveys, config.stage);
    if (asks && list(targets, task) !== shown) {
      throw new UserError("Nothing was deleted: another run has changed the releases since they were shown");
    }
    const results = await Promise.allSettled(
      targets.map(async (target, index) => {
        const survey = surveys[index];
        if (!survey || interrupt.signal.aborted) return [];
        const pruned = await pruneHost(survey, target, task, holder);
        world.stdout.write(prunedText(pruned));
        return [pruned];
      }),
    );
    const hosts = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    const failed = results.flatMap((result, index) =>
      result.status === "rejected" ? [told(result.reason, targets[index]?.host.name ?? "")] : [],
    );
    world.answer?.give({ type: "prune", deleted: true, hosts }, { problems: failed });
    if (failed.length > 0 && world.answer) return exitCodes.failed;
    if (failed.length > 0) throw new UserError(failed, { exitCode: exitCodes.failed });
    return interrupt.signal.aborted ? exitCodes.interrupted : exitCodes.done;
  } finally {
    stop();
    release(surveys, false);
    await fleet.close();
  }
}

/** By the flags; else the stage's own task, whose options may be its own too; else by the config's key `prune`. */
function chosenTask(intent: Intent, config: Config): Task {
  const keep = countOf(intent, "keep");
  timeOf(intent, "older-than", "30d");
  const olderThan = valueOf(intent, "older-than");
  if (keep === undefined && olderThan === undefined) {
    const standard = pruneTask();
    return tasksOf(config).find(({ name }) => name === standard.name) ?? standard;
  }
  return pruneTask({
    ...(keep === undefined ? {} : { keep }),
    ...(isDuration(olderThan) ? { olderThan } : {}),
  });
}

function isDuration(text: string | undefined): text is Duration {
  return text !== undefined && parseDuration(text) !== undefined;
}

/** The hosts as the task sees them after a run: what `current` points to is the newest release, and ages count from now. */
function targetsOf(config: Config, surveys: readonly Survey[], now: number): readonly Target[] {
  const problems = surveys.flatMap((each) => problemOf(each, config.stage));
  if (problems.length > 0) throw new UserError(problems);
  return surveys.map((each) => {
    const { app, layout } = each.place;
    const { facts } = each;
    const id = facts.links.current ?? "";
    const host = { name: hostOf(each), roles: [] };
    return makeTarget({ host, app, layout, facts }, { id, version: parseReleaseId(id)?.version ?? id, time: now });
  });
}

/** Where the lock cannot be taken as things are, another run could delete, or deploy, at the same time. */
function refuseUnlocked(surveys: readonly Survey[], stage: string): void {
  const open = surveys.filter(({ lock }) => lock?.kind !== "held");
  if (open.length === 0) return;
  throw new UserError(
    open.map(
      (each) =>
        `${hostOf(each)}: nothing was deleted: ${each.place.layout.destination}, or what is in it, is not closed to others, so it cannot be locked. A run makes it safe: bgdeploy run ${stage}`,
    ),
  );
}

/** Links that a crash left tell nothing of what is in use. */
function problemOf({ place, facts }: Survey, stage: string): readonly string[] {
  const { host } = place.connected.session;
  const state = liveState(facts, place.app.ports);
  const next = `The next run puts it right: bgdeploy run ${stage}`;
  if (state.kind === "first") return [`${host}: nothing was deployed yet; there is nothing to delete`];
  if (state.kind === "unclear") return [`${host}: nothing was deleted: ${state.problem}`];
  if (facts.unread.length > 0)
    return [
      `${host}: nothing was deleted: ${unreadText(facts.user.name, facts.unread)}. To diagnose: bgdeploy doctor ${stage}`,
    ];
  if (state.kind === "live" && state.repairs.length > 0) {
    return [`${host}: nothing was deleted: an earlier run did not end. ${next}`];
  }
  if (facts.links.current === undefined)
    return [`${host}: nothing was deleted: ${place.layout.current} is missing. ${next}`];
  return [];
}

/** What would go, said once for hosts where it is the same. */
function list(targets: readonly Target[], task: Task): string {
  const all = targets.map(({ host }) => host.name);
  const groups = Map.groupBy(targets, (target) => linesOf(target, task).join("\n"));
  return [...groups]
    .map(([text, each]) => {
      const hosts = listHosts(
        each.map(({ host }) => host.name),
        all,
      );
      return text === "" ? `${hosts}: nothing to delete\n` : `${hosts}: to delete:\n${text}\n`;
    })
    .join("");
}

/** The releases that go; of a task that someone wrote, its commands. */
function linesOf(target: Target, task: Task): readonly string[] {
  const lines = task.commands(target).map((command) => describe(command, target));
  if (!lines.every((line) => line.startsWith("rm -rf -- "))) return lines.map((line) => `  ${line}`);
  return goingFrom(target, task).map((id) => `  ${printable(id)}`);
}

/** What of the releases a standard task deletes. */
function goingFrom(target: Target, task: Task): readonly string[] {
  const words = new Set(task.commands(target).flatMap((command) => describe(command, target).split(" ")));
  return target.facts.releases.map(({ id }) => id).filter((id) => words.has(quote(target.layout.release(id))));
}

type Pruned = AnswerBody<"prune">["hosts"][number];

/** Deletes on one host, and says what is gone and how much room that made: files shared with other releases make none. */
async function pruneHost(found: Survey, target: Target, task: Task, holder: Holder): Promise<Pruned> {
  const { host, layout, facts } = target;
  const { session } = found.place.connected;
  const commands = task.commands(target).filter((command): command is HostCommand => command.kind === "shell");
  if (commands.length === 0) return { host: host.name, releases: [], freed: 0 };
  const used = async (): Promise<number> =>
    Number.parseInt(await session.evaluate(sh`du -s --block-size=1 ${layout.versions} 2>/dev/null`.raw, walkLimit), 10);
  const before = await used();
  const asRoot = facts.sudo.kind === "root";
  await session.run(commands, asRoot);
  const freed = before - (await used());
  const left = (await session.evaluate(sh`ls -1A ${layout.versions}`.raw)).split("\n");
  const ids = facts.releases.map(({ id }) => id).filter((id) => !left.includes(id));
  const count = countText(ids);
  const { who, from, since: at, run } = holder;
  const entry = { at, who, from, run, action: "prune", release: count, variant: "", end: "deleted" };
  await session.run([journalCommand(layout, entry)], asRoot);
  return { host: host.name, releases: ids, freed: Number.isNaN(freed) ? null : Math.max(0, freed) };
}

function prunedText({ host, releases, freed }: Pruned): string {
  if (releases.length === 0) return `${host}: nothing to delete\n`;
  const room = freed === null ? "" : `, ${showBytes(freed)} freed`;
  return `${host}: ${countText(releases)} deleted${room}\n${releases.map((id) => `  ${printable(id)}\n`).join("")}`;
}

function countText(releases: readonly string[]): string {
  return `${releases.length} release${releases.length === 1 ? "" : "s"}`;
}
