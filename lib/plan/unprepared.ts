import type { Nginx } from "../model/nginx.ts";
import { nginxService, usualNginx } from "../model/nginx.ts";
import type { Mend, Problem } from "../model/problem.ts";
import { here, onHost, problem } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import { allowsAll } from "../model/sudo.ts";
import type { Target } from "../model/target.ts";
import { strictProblems } from "./strict.ts";

/** What a host lacks to be deployed to at all: programs, a quiet shell, places and users, the right to sudo. */
export function unprepared(target: Target, stage: string): readonly Problem[] {
  return [
    ...missingTools(target),
    ...shellProblems(target),
    ...placeProblems(target, stage),
    ...strictProblems(target, stage),
    ...sudoProblems(target, stage),
  ];
}

function missingTools(target: Target): readonly Problem[] {
  const { tools, nginx } = target.facts;
  return [
    ...(tools.systemd === undefined ? [problem("systemd is not installed, and bgdeploy requires it")] : []),
    ...(tools.rsync === undefined ? [missing("rsync")] : []),
    ...(tools.flock ? [] : [missing("flock", "util-linux")]),
    ...(tools.nginx === undefined ? [noNginx(target.layout.nginx)] : []),
    ...(tools.nginx !== undefined && !nginx.active
      ? [
          problem(
            `${nginxName(target.layout.nginx)} is not running`,
            "Start it",
            onHost(`sudo systemctl start ${target.layout.nginx.unit}`),
          ),
        ]
      : []),
    ...unseenWorkers(target),
    ...(nginx.test.verdict === "broken"
      ? [
          problem(
            `nginx's configuration is already broken; nothing was changed. sudo ${target.layout.nginx.binary} -t says: ${verdictOf(nginx.test.output)}`,
            undefined,
            onHost(`sudo ${target.layout.nginx.binary} -t`),
          ),
        ]
      : []),
  ];
}

/** A switch by a reload is proven by nginx's workers; an instant one needs none. */
function unseenWorkers({ facts: { nginx, tools, user }, layout }: Target): readonly Problem[] {
  const service = nginxService(layout.nginx);
  if (tools.nginx === undefined || !nginx.active || nginx.hasWorkers || nginx.includesFlag) return [];
  const why =
    nginx.pid === 0
      ? `systemd knows no main process of ${service} (PIDFile= in its unit names none)`
      : `${user.name} cannot see its workers: /proc is mounted with hidepid, nginx runs with \`master_process off\`, or ${service} starts it through a wrapper`;
  return [
    problem(
      `nginx runs, but ${why}. Without seeing its workers bgdeploy cannot verify that a reload took effect`,
      "To inspect",
      onHost(`findmnt -no OPTIONS /proc; systemctl status ${service}`),
    ),
  ];
}

/** rsync talks over the same shell: text that a start-up file prints would be taken for its answer. */
function shellProblems({ facts }: Target): readonly Problem[] {
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
  const line = shell === "fish" ? "status is-interactive; or exit" : "case $- in *i*) ;; *) return ;; esac";
  return [
    problem(
      `the login shell prints ${JSON.stringify(facts.noise.trim().slice(0, 60))} before any command, which breaks rsync. Make ${file} print only on a terminal: put \`${line}\` on its first line`,
      undefined,
      onHost(`sed -i ${quote(`1i ${line}`)} ${quote(file)}`),
    ),
  ];
}

/** The unit of an app that is called `user` or `getty` would stand in the place of the system's own. */
export function nameProblems({ facts: { systemUnit } }: Target): readonly Problem[] {
  if (systemUnit === undefined) return [];
  return [problem(`the system has a unit of this name, ${systemUnit}. Give the app another name: app: "…"`)];
}

function placeProblems(target: Target, stage: string): readonly Problem[] {
  const { facts, app, layout } = target;
  const withSetup = (what: string): Problem => problem(what, "Prepare the host once", setup(target, stage));
  const root = facts.sudo.kind === "root";
  return [
    ...nameProblems(target),
    ...(facts.destination === "missing" && !facts.parentWritable
      ? [withSetup(`${layout.destination} does not exist, and ${facts.user.name} cannot create it`)]
      : []),
    ...(facts.destination === "not-writable" && !root ? [notWritable(target, stage)] : []),
    ...(facts.execUserExists ? [] : [withSetup(`user ${app.exec.user}, who should run the service, does not exist`)]),
    ...(root && app.user !== undefined && !facts.appUserExists && app.user !== app.exec.user
      ? [withSetup(`user ${app.user}, who should own the files, does not exist`)]
      : []),
    ...(facts.groupExists
      ? []
      : [
          problem(
            `group ${app.group} does not exist`,
            "Set `group` in the config, or",
            onHost(`sudo groupadd ${quote(app.group)}`),
          ),
        ]),
  ];
}

function notWritable(target: Target, stage: string): Problem {
  const { facts, layout } = target;
  const { user, group } = facts.owner ?? {};
  const what = `${facts.user.name} cannot write to ${layout.destination}`;
  const look = onHost(`findmnt -T ${quote(layout.destination)}`);
  return user === facts.user.name
    ? problem(
        `${what}, although it owns the directory. It may be mounted read-only, or lack mode u+w`,
        "To inspect",
        look,
      )
    : problem(`${what} (it belongs to ${user}:${group})`, "Prepare the host once", setup(target, stage));
}

/** Single rules that are missing are named when the plan is made. */
function sudoProblems(target: Target, stage: string): readonly Problem[] {
  const { facts } = target;
  if (facts.sudo.kind !== "none") return [];
  const { reason } = facts.sudo;
  if (/sudo: (command )?not found/.test(reason)) {
    return [
      problem(
        `sudo is not installed, and ${facts.user.name} is not root`,
        "Install it",
        onHost("apt-get install sudo"),
      ),
    ];
  }
  return [
    problem(
      `sudo lets ${facts.user.name} run no command without a password (it says: ${reason})`,
      "Install the sudo rules once",
      setup(target, stage),
    ),
  ];
}

/** Of all that nginx -t says, the line that makes it fail, without its time and pid. */
function verdictOf(output: string): string {
  const lines = output.split("\n");
  const line = lines.find((each) => each.includes("[emerg]")) ?? lines.at(-1) ?? "";
  return line.replace(/^.*\[emerg\](?: \d+#\d+:)? /, "");
}

function nginxName({ unit }: Nginx): string {
  return unit === usualNginx.unit ? "nginx" : `nginx (${nginxService({ unit })})`;
}

function noNginx({ binary }: Nginx): Problem {
  if (binary === usualNginx.binary) return missing(binary);
  return problem(`${binary}, set as \`nginx.binary\` in the config, does not exist`);
}

function missing(name: string, from = name): Problem {
  return problem(`${name} is not installed`, "Install it", onHost(`sudo apt-get install ${from}`));
}

/** Whoever may sudo everything need not come as root, whom many images do not let in. */
function setup({ facts: { sudo } }: Target, stage: string): Mend {
  return here(`bgdeploy setup ${stage}${allowsAll(sudo) && sudo.kind !== "root" ? "" : " --as root"}`);
}
