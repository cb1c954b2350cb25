import type { Config } from "../config/resolved.ts";
import type { ExitCode } from "../errors.ts";
import { exitCodes } from "../errors.ts";
import { describe } from "../plan/describe.ts";
import type { Plan } from "../plan/plan.ts";
import type { Warning } from "../plan/warning.ts";
import { acquire, acquireRest, release } from "../remote/acquire.ts";
import type { Survey } from "../remote/survey.ts";
import { conclude } from "../run/conclude.ts";
import { executeWaves } from "../run/waves.ts";
import type { Entry } from "../run/journal.ts";
import { journalCommand, withJournal } from "../run/journal.ts";
import { loadLists } from "../run/list.ts";
import type { HostOutcome } from "../run/outcome.ts";
import type { Fleet } from "./fleet.ts";
import { connectFleet } from "./fleet.ts";
import { holderOf } from "./holder.ts";
import { hearInterrupts } from "./interrupt.ts";
import type { Intent } from "./intent.ts";
import { timeOf } from "./quantity.ts";
import { hostOf } from "./look.ts";
import { lookAgain } from "./look-again.ts";
import { nameStage } from "./name-stage.ts";
import { openDoors } from "./doors.ts";
import { readingOf } from "./reading.ts";
import { makeReporter } from "./reporter.ts";
import { sendsFirst } from "./stage.ts";
import type { World } from "./world.ts";

/** What is to be done on a stage, under its locks. */
export type Job = {
  readonly config: Config;
  /** As the journal names it. */
  readonly action: "run" | "rollback" | "restart";
  /** As others see it in the lock, before the plan is made. */
  readonly purpose: string;
  /** Works out the plan from what the hosts said. Throws a `UserError` for what is known to fail. */
  readonly plan: (surveys: readonly Survey[]) => Plan;
  /** What the plan can have ready. Called while ssh connects. */
  readonly prepare?: () => void;
};

/** Milliseconds after which the processes that connect are started, and we have nothing to do. */
const idleAfter = 100;

/** Connects, locks, plans, runs, writes the journals and reports: one arrow a line. */
export async function conduct(
  { config, action, purpose, plan, prepare }: Job,
  intent: Intent,
  world: World,
): Promise<ExitCode> {
  const began = world.now();
  const patience = timeOf(intent, "lock-wait", "30s or 5m") ?? 0;
  const reporter = makeReporter(intent, world, config);
  reporter.emit({ type: "connecting", hosts: config.hosts.map(({ host }) => host.name) });

  const holder = holderOf(world, purpose);
  const connecting = connectFleet(config, world, { holder, uploads: action === "run" && sendsFirst(config) });
  void getReady(world, prepare).catch(() => {});
  const fleet = await connecting;
  let doors: ReturnType<typeof openDoors> | undefined;
  const uploads = new AbortController();
  const interrupts = hearInterrupts(world, fleet, {
    ...reporter,
    holds: () => doors && holder.run,
    cut: () => uploads.abort(),
    going: { rolling: config.rolling !== undefined, alone: config.rolling !== undefined || config.hosts.length === 1 },
  });
  let surveys: readonly Survey[] = [];
  let hurry = false;
  let isOver = false;
  try {
    const waiting = (sentence: string): void => {
      world.stderr.write(`${sentence} Waiting …\n`);
      reporter.emit({ type: "waiting", problems: sentence.split("\n") });
    };
    const read = (found: readonly Survey[]): void => {
      for (const each of found) reporter.emit(readingOf(each));
    };
    const { signal } = interrupts;
    const locking = { ...world, holder, patience, waiting, read, interrupted: signal, first: fleet.surveys };
    surveys = await acquire(fleet.places, locking);
    const made = plan(surveys);
    for (const warning of made.warnings) reporter.emit({ type: "warning", warning });
    reporter.emit({ type: "planned", plan: made });
    await acquireRest(surveys, locking);
    doors = openDoors(fleet, surveys, config, holder, world, signal, uploads.signal);

    const entryOf = (host: Pick<HostOutcome, "to" | "end">): Entry => {
      const { who, from, since: at, run } = holder;
      return { at, who, from, run, action, release: host.to.release, variant: host.to.variant, end: host.end };
    };
    const journaled = withJournal(made, ({ release: { id }, idle }) =>
      entryOf({ to: { release: id, variant: idle }, end: "live" }),
    );
    const waves = await executeWaves(journaled.plan, config.rolling, {
      doors,
      emit: reporter.emit,
      now: world.now,
      draw: reporter.draw,
      interrupted: signal,
      describe,
      wait: world.wait,
    });
    const run = { stage: config.stage, interrupted: signal.aborted, seconds: (world.now() - began) / 1000 };
    const outcome = await lookAgain(conclude(made, waves, run), fleet.places, doors.seen, world);
    // The closing words come after the journals on the same way: nobody waits for each.
    const written = ({ host, end, failures }: HostOutcome): boolean =>
      end === "untouched" || (end === "live" && failures.length === 0 && journaled.hosts.has(host));
    const open = outcome.hosts.filter((each) => !written(each));
    void writeJournals(fleet, new Map(open.map((each) => [each.host, entryOf(each)])));
    for (const warning of closedSites(surveys, config.stage)) reporter.emit({ type: "warning", warning });
    reporter.end(outcome);
    // What was kept for an undo that failed may be the only copy.
    isOver = outcome.hosts.every(({ failures }) => !failures.some(({ undo }) => undo));
    // All is written where all went well.
    hurry = outcome.exitCode === exitCodes.done && open.length === 0;
    return outcome.exitCode;
  } finally {
    interrupts.stop();
    release(surveys, isOver);
    await doors?.close();
    await fleet.close(hurry);
  }
}

/** Does while ssh is at work what would else come in the way later. Where it fails, the run says so when it needs it. */
async function getReady(world: World, prepare: Job["prepare"]): Promise<void> {
  await world.wait(idleAfter);
  await loadLists();
  prepare?.();
}

/** No run opens a site that someone closed, and whoever forgets it finds out from their visitors. */
function closedSites(surveys: readonly Survey[], stage: string): readonly Warning[] {
  const text = "maintenance mode is on: visitors see the 503 page. To turn it off: bgdeploy maintenance <stage> off";
  const closed = surveys.filter(({ facts }) => facts.maintenance.on);
  return closed.map((each) => ({ host: hostOf(each), text: nameStage(text, stage) }));
}

/** The last thing on every host that is still there; a lost one learns of it at the next run. */
async function writeJournals({ places }: Fleet, entries: ReadonlyMap<string, Entry>): Promise<void> {
  await Promise.allSettled(
    places.map(async ({ connected, layout }) => {
      const entry = entries.get(connected.session.host);
      if (entry) await connected.session.run([journalCommand(layout, entry)], true);
    }),
  );
}
