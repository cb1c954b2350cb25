import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import { makeRelease } from "../../model/release.ts";
import { quote } from "../../model/shell.ts";
import { allowsAll } from "../../model/sudo.ts";
import type { Target } from "../../model/target.ts";
import { clashProblems, freePorts } from "../../plan/clashes.ts";
import { nameProblems } from "../../plan/unprepared.ts";
import { sentenceOf } from "../../model/problem.ts";
import { listHosts, sayTogether } from "../../plan/host-list.ts";
import type { Plan } from "../../plan/plan.ts";
import { makePlan } from "../../plan/plan.ts";
import { makeTarget } from "../../plan/target.ts";
import { setupProblems } from "../../plan/trust.ts";
import type { Warning } from "../../plan/warning.ts";
import type { Survey } from "../../remote/survey.ts";
import { hasFailed } from "../../run/progress.ts";
import { planAnswer } from "../../report/json-bodies.ts";
import type { SetupOptions } from "../../../recipes/index.ts";
import { setup as setupTasks } from "../../../recipes/index.ts";
import { agreed } from "../agreed.ts";
import { carryOut, failuresOf } from "../carry-out.ts";
import { connectFleet } from "../fleet.ts";
import { hearInterrupts } from "../interrupt.ts";
import type { Intent } from "../intent.ts";
import { valueOf } from "../intent.ts";
import { styleOf } from "../output.ts";
import { nextOf } from "../preview.ts";
import { programOf, typedAs } from "../program-name.ts";
import { makeReporter } from "../reporter.ts";
import { previewSetup } from "../setup-preview.ts";
import { refuseStrictFlag } from "../strict-flag.ts";
import { sshUser } from "../ssh-user.ts";
import { loadStage, switchMode } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy setup`: shows what each host lacks, asks, and does it. Where nothing is missing it changes nothing. */
export async function setup(intent: Intent, world: World): Promise<ExitCode> {
  refuseStrictFlag(intent);
  const config = await loadStage(intent, world, "optional");
  const as = valueOf(intent, "as");
  const fleet = await connectFleet(config, world, { flags: as === undefined ? [] : ["-l", as] });
  const reporter = makeReporter(intent, world, config);
  const interrupts = hearInterrupts(world, fleet, {
    ...reporter,
    holds: () => undefined,
    going: { rolling: false, alone: false },
  });
  try {
    const surveys = await fleet.surveys;
    const targets = surveys.map(({ place: { app, layout, connected }, facts }) =>
      makeTarget(
        { host: { name: connected.session.host, roles: [] }, app, layout, facts },
        makeRelease("setup", world.now()),
      ),
    );
    refuseUnfit(targets);
    const mode = switchMode(config);
    const options = new Map<string, SetupOptions>();
    for (const each of surveys) {
      const { host } = each.place.connected.session;
      const deployer = valueOf(intent, "user") ?? (await sshUser(host, config.ssh));
      options.set(host, {
        deployer,
        deployerGroups: await groupsOf(deployer, each),
        mode,
      });
    }
    refuseLed(targets, options);
    refuseWithoutSudo(targets, options);
    const made = planSetup(targets, options, config.stage);
    world.answer?.give({ type: "plan", ...planAnswer(made) });
    world.json?.on({ at: world.now(), type: "planned", plan: made });
    const isDry = intent.switches.has("dry-run");
    const shown = { commands: intent.switches.has("commands"), style: styleOf(world.stdout) };
    world.stdout.write(
      previewSetup(made, targets, {
        mode,
        ...shown,
        next: isDry ? typedAs(nextOf(intent, config.stage), world.env) : undefined,
      }),
    );
    if (made.phases.length === 0 || isDry) return exitCodes.done;
    if (!(await agreed(intent, world))) return exitCodes.usage;

    const ground = { fleet, surveys, config, purpose: "setup", interrupts, drawing: reporter };
    const { hosts: progress } = await carryOut(made, ground, world);
    if (hasFailed(progress)) throw new UserError(failuresOf(progress), { exitCode: exitCodes.failed });
    const names = targets.map(({ host }) => host.name);
    world.stdout.write(`Ready: ${listHosts(names, names)}. Next: ${programOf(world.env)} run ${config.stage}\n`);
    return exitCodes.done;
  } finally {
    interrupts.stop();
    await fleet.close();
  }
}

/** Throws a `UserError` with each problem once, and the hosts that have it. */
function refuse(problems: readonly Warning[], targets: readonly Target[]): void {
  const names = targets.map(({ host }) => host.name);
  if (problems.length > 0) throw new UserError(sayTogether(problems, names));
}

function refuseUnfit(targets: readonly Target[]): void {
  const free = freePorts(targets);
  const missing = targets.flatMap((target) => {
    const { host, facts } = target;
    const { tools } = facts;
    const names = [tools.rsync ?? "rsync", tools.nginx ?? "nginx", tools.systemd ?? "systemd"].filter((name) =>
      /^\w+$/.test(name),
    );
    return [
      ...names.map((name) => `there is no ${name}. Install it: sudo apt-get install ${name}`),
      ...[...nameProblems(target), ...clashProblems(target, free)].map((each) => sentenceOf(each)),
    ].map((text) => ({ host: host.name, text }));
  });
  refuse(missing, targets);
}

function refuseLed(targets: readonly Target[], options: ReadonlyMap<string, SetupOptions>): void {
  const problems = targets.flatMap((target) =>
    setupProblems(target, options.get(target.host.name)?.deployer ?? "").map((each) => ({
      host: target.host.name,
      text: sentenceOf(each),
    })),
  );
  refuse(problems, targets);
}

/** Else it is the installing of the rules that fails, when half is done. */
function refuseWithoutSudo(targets: readonly Target[], options: ReadonlyMap<string, SetupOptions>): void {
  const problems = targets.flatMap(({ host, facts }) => {
    const { deployer = "" } = options.get(host.name) ?? {};
    const missing = ["sudo", "visudo"].find((name) => !facts.programs.includes(name));
    if (deployer === "root" || missing === undefined) return [];
    return [
      {
        host: host.name,
        text: `there is no ${missing}, which ${deployer} needs to deploy. Deploy as root instead (--user root), or install it: apt-get install sudo`,
      },
    ];
  });
  refuse(problems, targets);
}

function planSetup(targets: readonly Target[], options: ReadonlyMap<string, SetupOptions>, stage: string): Plan {
  const optionsOf = ({ host }: Target): SetupOptions =>
    options.get(host.name) ?? { deployer: "", deployerGroups: [], mode: "reload" };
  const release = targets[0]?.release ?? makeRelease("setup", 0);
  try {
    return makePlan(release, setupTasks(optionsOf), targets);
  } catch (error) {
    // Then it is no missing right that keeps setup from going on.
    if (!(error instanceof UserError) || targets.every(({ facts }) => allowsAll(facts.sudo))) throw error;
    throw new UserError(
      `setup needs root. Connect as root: bgdeploy setup ${stage} --as root, or let the ssh user sudo everything`,
      { cause: error },
    );
  }
}

async function groupsOf(user: string, { place }: Survey): Promise<readonly string[]> {
  return (await place.connected.session.evaluate(`id -nG ${quote(user)} 2>/dev/null`)).trim().split(" ");
}
