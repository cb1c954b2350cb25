import type { Config } from "../../config/resolved.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import { makeRelease } from "../../model/release.ts";
import { quote } from "../../model/shell.ts";
import { printable } from "../../model/printable.ts";
import { listHosts } from "../../plan/host-list.ts";
import type { Plan } from "../../plan/plan.ts";
import { makePlan } from "../../plan/plan.ts";
import { describeHolder, parseHolder } from "../../remote/lock.ts";
import type { Freeze } from "../../remote/lock.ts";
import type { Survey } from "../../remote/survey.ts";
import type { Emit } from "../../run/event.ts";
import { drawWithListr } from "../../run/list.ts";
import type { Moment } from "../../run/moment.ts";
import { nextMoment } from "../../run/moment.ts";
import type { Progress } from "../../run/progress.ts";
import { hasFailed } from "../../run/progress.ts";
import { maintenance as recipe } from "../../../recipes/index.ts";
import { carryOut, failuresOf } from "../carry-out.ts";
import { connectFleet } from "../fleet.ts";
import { hearInterrupts } from "../interrupt.ts";
import type { Intent } from "../intent.ts";
import { valueOf } from "../intent.ts";
import type { Away } from "../look.ts";
import { hostOf, unreachable } from "../look.ts";
import { targetsOf } from "../prepare.ts";
import { typedAs } from "../program-name.ts";
import { choiceOf } from "../reporter.ts";
import { loadStage } from "../stage.ts";
import { stampOf } from "../stamp.ts";
import { refuseUntrusted } from "../trusted.ts";
import type { World } from "../world.ts";

/**
 * `bgdeploy maintenance on|off`: closes the site, or opens it, on all hosts or none; but a host that is not reached keeps nobody
 * from opening the others. It takes no lock: in an emergency it must work while a run hangs, and what a run does, it leaves alone.
 */
export async function maintenance(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  if (intent.operand !== "on" && valueOf(intent, "message") !== undefined)
    throw new UserError("--message sets the text of the page: use it with on");
  const task = intent.operand === "on" ? closing(intent, world) : recipe.off();
  const away: Away[] = [];
  const missing = (why: string, host: string): void => void away.push({ host, why });
  const fleet = await connectFleet(config, world, { missing });
  if (intent.operand === "on" && away.length > 0) {
    await fleet.close();
    throw new UserError([
      ...away.map(({ why }) => why),
      "Nothing was changed: the site is closed on all hosts or on none",
    ]);
  }
  let moment: Moment = "before";
  const interrupts = hearInterrupts(world, fleet, {
    holds: () => undefined,
    going: { rolling: false, alone: false },
    moment: () => moment,
    emit: () => {},
    say: (text) => world.stderr.write(text),
  });
  try {
    const surveys = await fleet.surveys;
    refuseUntrusted(surveys, config.stage);
    const release = makeRelease("maintenance", world.now());
    const plan = makePlan(release, [task], targetsOf(config, surveys, release));
    const emit: Emit = (happening) => {
      moment = nextMoment(moment, happening);
    };
    const drawing = { emit, draw: drawWithListr(undefined).draw };
    const ground = { fleet, surveys, config, purpose: "maintenance", interrupts, drawing };
    const { hosts, kept } = await carryOut(plan, ground, world);
    if (!kept) throw failed(hosts, interrupts.signal.aborted);
    const on = intent.operand === "on";
    const switched = plan.targets.map(({ host, facts }) => ({ host: host.name, changed: facts.maintenance.on !== on }));
    world.answer?.give({ type: "maintenance", on, hosts: switched }, { unreachable: unreachable(away, config.stage) });
    const now = typedAs(whatIsNow(intent, config, plan).join(""), world.env);
    world.stdout.write([now, ...runsThatGoOn(surveys)].join(""));
    for (const { why } of away)
      world.stderr.write(`bgdeploy: ${printable(why)}. Maintenance mode was not turned off there\n`);
    return away.length === 0 ? exitCodes.done : exitCodes.failed;
  } finally {
    interrupts.stop();
    await fleet.close();
  }
}

function closing(intent: Intent, world: World): ReturnType<typeof recipe.on> {
  const message = valueOf(intent, "message");
  const since = stampOf(world.now());
  const note: Freeze = { who: world.user, from: world.hostname, since, message: message ?? "" };
  return recipe.on({ note: JSON.stringify(note), ...(message === undefined ? {} : { message }) });
}

function failed(progress: readonly Progress[], interrupted: boolean): UserError {
  const left = progress
    .filter(({ failures }) => failures.some(({ undo }) => undo))
    .map(({ target }) => target.host.name);
  if (left.length > 0) {
    const sentence = `Not undone on ${left.join(", ")}. Run the same command again, or check: bgdeploy status <stage>`;
    return new UserError([...failuresOf(progress), sentence], { exitCode: exitCodes.mend });
  }
  const exitCode = hasFailed(progress) ? exitCodes.failed : exitCodes.interrupted;
  const how = interrupted ? "Interrupted" : "Failed";
  return new UserError([...failuresOf(progress), `${how}: all hosts are as they were`], { exitCode });
}

function whatIsNow(intent: Intent, config: Config, { targets }: Plan): readonly string[] {
  const all = targets.map(({ host }) => host.name);
  if (intent.operand === "on") {
    const unsure = targets
      .filter(({ facts }) => facts.nginx.maintenanceBlock === "unknown")
      .map(({ host }) => host.name);
    const end = ["bgdeploy", "maintenance", config.stage, "off", ...choiceOf(intent)]
      .map((word) => quote(word))
      .join(" ");
    return [
      `Maintenance mode is now on for ${listHosts(all, all)}: visitors see the 503 page. To turn it off: ${end}\n`,
      ...unsure.map(
        (host) =>
          `Warning: ${host}: nginx's configuration cannot be read. Check that its site has the lines for maintenance mode\n`,
      ),
    ];
  }
  const stage = config.hosts.map(({ host }) => host.name);
  const opened = targets.filter(({ facts }) => facts.maintenance.on).map(({ host }) => host.name);
  return opened.length === 0
    ? [`Maintenance mode was already off on ${listHosts(all, stage)}.\n`]
    : [`Maintenance mode is now off on ${listHosts(opened, stage)}.\n`];
}

function runsThatGoOn(surveys: readonly Survey[]): readonly string[] {
  return surveys
    .filter(({ facts }) => facts.lock.held)
    .map((each) => {
      const holder = describeHolder(parseHolder(each.facts.lock.holder ?? ""));
      return `${hostOf(each)}: a run is in progress there: ${printable(holder)}\n`;
    });
}
