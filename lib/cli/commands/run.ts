import type { ExitCode } from "../../errors.ts";
import { describe } from "../../plan/describe.ts";
import { openDoor } from "../../remote/door.ts";
import type { Holder } from "../../remote/lock.ts";
import { lockRest, survey } from "../../remote/survey.ts";
import { conclude } from "../../run/conclude.ts";
import { execute } from "../../run/execute.ts";
import { journalCommand } from "../../run/journal.ts";
import { drawWithListr } from "../../run/list.ts";
import type { Outcome } from "../../run/outcome.ts";
import type { Fleet } from "../fleet.ts";
import { connectFleet } from "../fleet.ts";
import { hearInterrupts } from "../interrupt.ts";
import type { Intent } from "../intent.ts";
import { checkBuild, preparePlan } from "../prepare.ts";
import { makeReporter } from "../reporter.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";
import { plan } from "./plan.ts";

/** `bgdeploy run`: argv to exit code, one arrow a line. */
export async function run(intent: Intent, world: World): Promise<ExitCode> {
  if (intent.switches.has("dry-run")) return plan(intent, world);
  const began = world.now();
  const config = await loadStage(intent, world, "needed");
  const build = await checkBuild(config, world);
  const reporter = makeReporter(intent, world, config);
  reporter.emit({ type: "connecting", hosts: config.hosts.map(({ host }) => host.name) });

  const fleet = await connectFleet(config, world);
  const { places, connections } = fleet;
  const interrupts = hearInterrupts(world, connections);
  try {
    const holder = holderOf(world, build.release.id);
    const surveys = await survey(places, world.randomWord(), holder);
    const made = preparePlan(config, build, surveys);
    for (const warning of made.warnings) reporter.emit({ type: "warning", warning });
    await lockRest(surveys, holder);

    const doors = new Map(places.map(({ connected }) => [connected.session.host, openDoor(connected, config.directory)]));
    const progress = await execute(made, {
      doors,
      emit: reporter.emit,
      now: world.now,
      draw: drawWithListr(reporter.isTree ? "tree" : "silent"),
      interrupted: interrupts.signal,
      describe,
    });
    const seconds = (world.now() - began) / 1000;
    const outcome = conclude(made, progress, { stage: config.stage, interrupted: interrupts.signal.aborted, seconds });
    await writeJournals(fleet, outcome, holder);
    reporter.end(outcome);
    return outcome.exitCode;
  } finally {
    interrupts.stop();
    await connections.close();
  }
}

function holderOf(world: World, release: string): Holder {
  const since = new Intl.DateTimeFormat("sv-SE", { timeZone: "UTC", dateStyle: "short", timeStyle: "medium" });
  return { who: world.user, from: world.hostname, since: `${since.format(world.now())} UTC`, release, run: world.randomWord() };
}

/** The last thing on every host that is still there; a lost one learns of it at the next run. */
async function writeJournals({ places }: Fleet, outcome: Outcome, holder: Holder): Promise<void> {
  await Promise.allSettled(
    places.map(({ connected, layout }) => {
      const host = outcome.hosts.find((each) => each.host === connected.session.host);
      const { who, from, since: at } = holder;
      const entry = { at, who, from, action: "run", release: outcome.release.id, variant: host?.to.variant ?? "", end: host?.end ?? "" };
      return connected.session.run([journalCommand(layout, entry)], true);
    }),
  );
}
