import type { Target } from "../model/target.ts";
import { variants } from "../model/variant.ts";
import { sayTogether } from "./host-list.ts";
import type { Warning } from "./warning.ts";

/** What the upload will bring: bytes and files. */
export type Load = { readonly bytes: number; readonly files: number };

/** Room that must be left on the host's disk beside the release. */
const reserve = 32 * 1024 * 1024;

/** Everything that is known to fail, found before anything runs: one sentence each, with the mend. */
export function preflight(targets: readonly Target[], load: Load, stage: string): readonly string[] {
  const problems = targets.flatMap((target) =>
    [
      ...missingTools(target),
      ...shellProblems(target),
      ...placeProblems(target, stage),
      ...diskProblems(target, load),
      ...portProblems(target),
      ...sudoProblems(target, stage),
      ...movedProblems(target),
      ...stateProblems(target, stage),
    ].map((text) => ({ host: target.host.name, text })),
  );
  const all = targets.map(({ host }) => host.name);
  return [...sayTogether(problems, all), ...twice(targets)];
}

/** What goes on all the same, but should be known. */
export function preflightWarnings(targets: readonly Target[]): readonly Warning[] {
  return targets.flatMap((target) => warningsOf(target).map((text) => ({ host: target.host.name, text })));
}

function missingTools({ facts }: Target): readonly string[] {
  const { tools, nginx } = facts;
  return [
    ...(tools.systemd === undefined ? ["there is no systemd; bgdeploy cannot do without"] : []),
    ...(tools.rsync === undefined ? [installIt("rsync")] : []),
    ...(tools.flock ? [] : ["there is no flock. Install it: sudo apt-get install util-linux"]),
    ...(tools.nginx === undefined ? [installIt("nginx")] : []),
    ...(tools.nginx !== undefined && !nginx.active ? ["nginx does not run. Start it: sudo systemctl start nginx"] : []),
    ...(nginx.test.verdict === "broken"
      ? [
          `nginx's configuration is broken already; nothing was touched. sudo nginx -t says: ${verdictOf(nginx.test.output)}`,
        ]
      : []),
  ];
}

/** rsync talks over the same shell: text that a start-up file prints would be taken for its answer. */
function shellProblems({ facts }: Target): readonly string[] {
  if (facts.noise.trim() === "") return [];
  const shell = facts.shell.slice(facts.shell.lastIndexOf("/") + 1);
  const files: Readonly<Record<string, string>> = {
    bash: ".bashrc",
    fish: ".config/fish/config.fish",
    zsh: ".zshenv",
    csh: ".cshrc",
    tcsh: ".cshrc",
  };
  const file = `${facts.user.home}/${files[shell] ?? ".profile"}`;
  return [
    `the login shell prints ${JSON.stringify(facts.noise.trim().slice(0, 60))} before any command, which breaks rsync. Let ${file} print only for a terminal: put \`${shell === "fish" ? "status is-interactive; or exit" : "case $- in *i*) ;; *) return ;; esac"}\` on its first line`,
  ];
}

function placeProblems({ facts, app, layout }: Target, stage: string): readonly string[] {
  const setup = `Prepare the host once: bgdeploy setup ${stage} --as root`;
  const root = facts.sudo.kind === "root";
  return [
    ...(facts.destination === "missing" && !facts.parentWritable
      ? [`${layout.destination} does not exist, and ${facts.user.name} may not create it. ${setup}`]
      : []),
    ...(facts.destination === "not-writable" && !root
      ? [
          `${facts.user.name} may not write into ${layout.destination} (it belongs to ${facts.owner?.user}:${facts.owner?.group}). ${setup}`,
        ]
      : []),
    ...(facts.execUserExists ? [] : [`there is no user ${app.exec.user} to run the service. ${setup}`]),
    ...(root && !facts.appUserExists && app.user !== app.exec.user
      ? [`there is no user ${app.user} to own the files. ${setup}`]
      : []),
    ...(facts.groupExists
      ? []
      : [`there is no group ${app.group}. Set \`group\` in the config, or: sudo groupadd ${app.group}`]),
  ];
}

/** Single rules that are missing are named when the plan is made. */
function sudoProblems({ facts }: Target, stage: string): readonly string[] {
  if (facts.sudo.kind !== "none") return [];
  const { reason } = facts.sudo;
  if (/sudo: (command )?not found/.test(reason))
    return [`there is no sudo, and ${facts.user.name} is not root. Install it: apt-get install sudo`];
  return [
    `sudo lets ${facts.user.name} run nothing without a password (it says: ${reason}). Install the rules once: bgdeploy setup ${stage} --as root`,
  ];
}

function diskProblems({ facts, layout }: Target, load: Load): readonly string[] {
  const { freeBytes, freeInodes } = facts.disk;
  // A rollback brings nothing, and is wanted most where a bad release has filled the disk.
  const needed = load.bytes === 0 ? 1024 * 1024 : load.bytes + reserve;
  return [
    ...(freeBytes < needed
      ? [
          `the disk of ${layout.versions} has ${megabytes(freeBytes)} free; the release needs up to ${megabytes(needed)}. Free some: look with \`df -h ${layout.versions}\``,
        ]
      : []),
    ...(freeInodes < load.files + 100
      ? [`the disk of ${layout.versions} has room for ${freeInodes} files; the release has ${load.files}`]
      : []),
  ];
}

function portProblems({ facts, app, idle, live, layout }: Target): readonly string[] {
  const port = app.ports[idle];
  const listener = facts.listeners.find((each) => each.port === port);
  const own = facts.units[idle].pid !== 0 && (facts.environmentPorts[idle] ?? port) === port;
  if (!listener || own) return [];
  if (live && facts.environmentPorts[live] === port) {
    return [
      `port ${port} is where the live ${live} listens, but the config gives it to ${idle}. Give ${idle} a port of its own`,
    ];
  }
  return [
    `port ${port}, which ${layout.service(idle)} shall listen on, is taken by a program of user ${listener.user}. Which: sudo ss -ltnp 'sport = :${port}'`,
  ];
}

/** The unit's name is the app's: under another destination it is the live app's own. */
function movedProblems({ facts, layout }: Target): readonly string[] {
  const { unit } = facts.files;
  const runs = variants.filter((variant) => facts.units[variant].active === "active");
  if (unit === undefined || runs.length === 0 || unit.includes(`${layout.destination}/`)) return [];
  const services = runs.map((variant) => layout.service(variant)).join(" and ");
  return [
    `${services} runs from elsewhere than ${layout.destination}: ${/^WorkingDirectory=(.*)$/m.exec(unit)?.[1] ?? layout.unit}. A run here would stop it. Keep \`destination\`, or give the app another name`,
  ];
}

function stateProblems({ state }: Target, stage: string): readonly string[] {
  return state.kind === "unclear" ? [`${state.problem}. Look: bgdeploy status ${stage}`] : [];
}

/** Two names of one machine: both runs would deploy to the same directory at once. */
function twice(targets: readonly Target[]): readonly string[] {
  return targets.flatMap(({ host, facts }, index) => {
    const same = targets
      .slice(0, index)
      .find((each) => each.facts.machineId !== "" && each.facts.machineId === facts.machineId);
    return same
      ? [`${same.host.name} and ${host.name} are the same machine (${facts.hostname}); name it once in \`hosts\``]
      : [];
  });
}

function warningsOf({ state, facts, app, layout }: Target): readonly string[] {
  return [
    ...(state.kind === "down"
      ? [`the live variant ${state.live} is DOWN: nothing serves. The deploy goes on into ${state.idle}`]
      : []),
    ...(facts.nginx.includesBackend === false && !facts.nginx.includesFlag
      ? [
          `no nginx site includes ${layout.backend}: traffic may not reach the app. \`bgdeploy vhost <stage>\` prints a site`,
        ]
      : []),
    ...(facts.sudo.kind !== "root" && app.userIsExplicit && app.user !== facts.user.name
      ? [`the files belong to ${facts.user.name}, not to \`user\` ${app.user}: only root could give them away`]
      : []),
  ];
}

/** Of all that nginx -t says, the line that makes it fail, without its time and pid. */
function verdictOf(output: string): string {
  const lines = output.split("\n");
  const line = lines.find((each) => each.includes("[emerg]")) ?? lines.at(-1) ?? "";
  return line.replace(/^.*\[emerg\](?: \d+#\d+:)? /, "");
}

function installIt(name: string): string {
  return `there is no ${name}. Install it: sudo apt-get install ${name}`;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MB`;
}
