import type { Problem } from "../model/problem.ts";
import { here, onHost, problem, sentenceOf } from "../model/problem.ts";
import type { Target } from "../model/target.ts";
import { variants } from "../model/variant.ts";
import type { Ports } from "./clashes.ts";
import { advice, clashProblems, clashWarnings, freePorts, neighbourAt } from "./clashes.ts";
import { sayTogether } from "./host-list.ts";
import { socketProblems } from "./sockets.ts";
import { strangerProblems } from "./strangers.ts";
import { takeoverWarnings, trustProblems } from "./trust.ts";
import { maskProblems } from "./unit-bars.ts";
import { unreadText } from "./unread.ts";
import { unprepared } from "./unprepared.ts";
import type { Warning } from "./warning.ts";

/** What the upload will bring: bytes and files, and the CPU that its program is made for. */
export type Load = { readonly bytes: number; readonly files: number; readonly cpu?: string | undefined };

/** Room that must be left on the host's disk beside the release. */
const reserve = 32 * 1024 * 1024;

/** Everything that is known to fail, found before anything runs: one sentence each, with the mend. */
export function preflight(targets: readonly Target[], load: Load, stage: string): readonly string[] {
  return problemsOf(targets, load, stage, allPortProblems);
}

/** The same for a release that the hosts have: a running app is not kept from it by a port that is free at the moment. */
export function preflightAgain(targets: readonly Target[], stage: string): readonly string[] {
  return problemsOf(targets, { bytes: 0, files: 0 }, stage, portProblems);
}

/** What such an action goes on with all the same, but should be known. */
export function preflightAgainWarnings(targets: readonly Target[]): readonly Warning[] {
  return [...preflightWarnings(targets), ...clashWarnings(targets)];
}

function problemsOf(
  targets: readonly Target[],
  load: Load,
  stage: string,
  ofPorts: (target: Target, free: Ports | undefined) => readonly Problem[],
): readonly string[] {
  const free = freePorts(targets);
  const problems = targets.flatMap((target) =>
    [
      // What is changed in the config comes before what `setup` does by it.
      ...ofPorts(target, free),
      ...unprepared(target, stage),
      ...trustProblems(target, stage),
      ...diskProblems(target, load),
      ...cpuProblems(target, load),
      ...socketProblems(target),
      ...movedProblems(target),
      ...maskProblems(target, target.idle),
      ...stateProblems(target, stage),
      ...unreadProblems(target, stage),
    ].map((each) => ({ host: target.host.name, text: sentenceOf(each) })),
  );
  const all = targets.map(({ host }) => host.name);
  return [...sayTogether(problems, all), ...twice(targets)];
}

/** What goes on all the same, but should be known. */
export function preflightWarnings(targets: readonly Target[]): readonly Warning[] {
  return targets.flatMap((target) =>
    warningsOf(target).map((each) => ({ host: target.host.name, text: sentenceOf(each) })),
  );
}

export function diskProblems({ facts, layout }: Target, load: Load): readonly Problem[] {
  const { freeBytes, freeInodes } = facts.disk;
  // A rollback brings nothing, and is wanted most where a bad release has filled the disk.
  const needed = load.bytes === 0 ? 1024 * 1024 : load.bytes + reserve;
  return [
    ...(freeBytes < needed
      ? [
          problem(
            `the disk of ${layout.versions} has ${megabytes(freeBytes, Math.floor)} free, but the release needs up to ${megabytes(needed, Math.ceil)}. Free some space; check with \`df -h ${layout.versions}\``,
            undefined,
            onHost(`df -h ${layout.versions}`),
          ),
        ]
      : []),
    ...(freeInodes < load.files + 100
      ? [
          problem(
            `the disk of ${layout.versions} has room for ${freeInodes} files; the release has ${load.files}`,
            undefined,
            onHost(`df -i ${layout.versions}`),
          ),
        ]
      : []),
  ];
}

/** Kernels that run programs of an older CPU of their family, too. */
const olderToo: Readonly<Record<string, RegExp>> = {
  i686: /^(?:i\d86|x86_64)$/,
  arm: /^(?:arm.*|aarch64)$/,
  mips: /^mips/,
};

function cpuProblems({ app, facts }: Target, { cpu }: Load): readonly Problem[] {
  if (cpu === undefined || facts.cpu === undefined || facts.cpu === cpu) return [];
  if (olderToo[cpu]?.test(facts.cpu) === true) return [];
  const program = `${app.dist}/bin/${app.exec.name}`;
  return [problem(`its CPU is ${facts.cpu}, but ${program} is built for ${cpu}. Build it for ${facts.cpu}`)];
}

/** A port of another app, or else one that is taken. `free` are ports to propose. */
export function allPortProblems(target: Target, free: Ports | undefined): readonly Problem[] {
  const clashes = clashProblems(target, free);
  return clashes.length > 0 ? clashes : portProblems(target, free);
}

function portProblems(target: Target, free: Ports | undefined): readonly Problem[] {
  const { facts, app, idle, live, layout } = target;
  if (app.listen === "socket") return [];
  const port = app.ports[idle];
  const listener = facts.listeners.find((each) => each.port === port);
  const own = facts.units[idle].pid !== 0 && (facts.environmentPorts[idle] ?? port) === port;
  if (!listener || own) return [];
  if (live && facts.environmentPorts[live] === port) {
    return [
      problem(
        `the live ${live} listens on port ${port}, but the config gives that port to ${idle}. Give ${idle} a different port`,
      ),
    ];
  }
  const neighbour = neighbourAt(target, port);
  if (neighbour)
    return [
      problem(
        `port ${port} (needed by ${layout.service(idle)}) is in use by the app ${neighbour.name}. ${advice(free)}`,
      ),
    ];
  return [
    problem(
      `port ${port} (needed by ${layout.service(idle)}) is in use by a process owned by ${listener.user}`,
      "To find it",
      onHost(`sudo ss -ltnp 'sport = :${port}'`),
    ),
  ];
}

/** The unit's name is the app's: under another destination it is the live app's own. */
export function movedProblems({ facts, layout }: Target): readonly Problem[] {
  const { unit } = facts.files;
  const runs = variants.filter((variant) => facts.units[variant].active === "active");
  // A masked one is empty.
  if (unit === undefined || unit === "" || runs.length === 0 || unit.includes(`${layout.destination}/`)) return [];
  const services = runs.map((variant) => layout.service(variant)).join(" and ");
  const elsewhere = /^WorkingDirectory=(.*)$/m.exec(unit)?.[1] ?? layout.unit;
  return [
    problem(
      `${services} runs from ${elsewhere}, not from ${layout.destination}. A run would stop it. Keep \`destination\`, or give the app another name`,
    ),
  ];
}

/** What is not read must not be taken for absent. Where it belongs to another deployer, that is said already. */
function unreadProblems(target: Target, stage: string): readonly Problem[] {
  const { facts, state } = target;
  const [path] = facts.unread;
  if (path === undefined || state.kind === "unclear" || trustProblems(target, stage).length > 0) return [];
  return [problem(unreadText(facts.user.name, facts.unread), "To diagnose", here(`bgdeploy doctor ${stage}`))];
}

function stateProblems({ state }: Target, stage: string): readonly Problem[] {
  if (state.kind !== "unclear") return [];
  return [problem(state.problem, "To diagnose", here(`bgdeploy doctor ${stage}`))];
}

/** Two names of one machine: both runs would deploy to the same directory at once. */
export function twice(targets: readonly Target[]): readonly string[] {
  return targets.flatMap(({ host, facts }, index) => {
    const same = targets
      .slice(0, index)
      .find((each) => each.facts.machineId !== "" && each.facts.machineId === facts.machineId);
    return same
      ? [`${same.host.name} and ${host.name} are the same machine (${facts.hostname}); name it once in \`hosts\``]
      : [];
  });
}

function warningsOf(target: Target): readonly Problem[] {
  const { state, facts, layout } = target;
  return [
    // Not refused: the run moves visitors away from there.
    ...strangerProblems(target),
    ...(state.kind === "down"
      ? [problem(`the live variant ${state.live} is DOWN: no request is served. The deploy goes on, to ${state.idle}`)]
      : []),
    ...disabledProblems(target),
    ...(facts.nginx.includesBackend === false && !facts.nginx.includesFlag
      ? [
          problem(
            `no nginx site includes ${layout.backend}: traffic may not reach the app. \`bgdeploy vhost <stage>\` prints a site`,
          ),
        ]
      : []),
    ...ownerWarnings(target),
    ...takeoverWarnings(target),
  ];
}

/** nginx reads what sites-enabled links to. */
export function disabledProblems({ facts }: Pick<Target, "facts">): readonly Problem[] {
  const { disabledSite } = facts.nginx;
  if (disabledSite === undefined) return [];
  const what = `the app's nginx site ${disabledSite} is not enabled: NO REQUEST REACHES THE APP`;
  return [problem(what, "Enable it", here("bgdeploy setup <stage> --as root"))];
}

export function ownerWarnings({ facts, app }: Target): readonly Problem[] {
  if (facts.sudo.kind === "root" || app.user === undefined || app.user === facts.user.name) return [];
  return [
    problem(`the files belong to ${facts.user.name}, not to \`user\` ${app.user}: only root could change the owner`),
  ];
}

function megabytes(bytes: number, round: (value: number) => number): string {
  return `${round(bytes / 1024 / 1024)} MB`;
}
