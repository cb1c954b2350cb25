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
    ...(tools.systemd === undefined ? [problem("there is no systemd; bgdeploy cannot do without")] : []),
    ...(tools.rsync === undefined ? [missing("rsync")] : []),
    ...(tools.flock ? [] : [missing("flock", "util-linux")]),
    ...(tools.nginx === undefined ? [missing("nginx")] : []),
    ...(tools.nginx !== undefined && !nginx.active
      ? [problem("nginx does not run", "Start it", onHost("sudo systemctl start nginx"))]
      : []),
    ...unseenWorkers(target),
    ...(nginx.test.verdict === "broken"
      ? [
          problem(
            `nginx's configuration is broken already; nothing was touched. sudo nginx -t says: ${verdictOf(nginx.test.output)}`,
            undefined,
            onHost("sudo nginx -t"),
          ),
        ]
      : []),
  ];
}

/** A switch by a reload is proven by nginx's workers; an instant one needs none. */
function unseenWorkers({ facts: { nginx, tools, user } }: Target): readonly Problem[] {
  if (tools.nginx === undefined || !nginx.active || nginx.hasWorkers || nginx.includesFlag) return [];
  const why =
    nginx.pid === 0
      ? "systemd knows no main process of nginx.service (PIDFile= in its unit names none)"
      : `${user.name} sees no worker below its main process: /proc is mounted with hidepid, nginx runs with \`master_process off\`, or nginx.service starts it by a wrapper`;
  return [
    problem(
      `nginx runs, but ${why}. Without its workers it cannot be proven that a reload was taken`,
      "To inspect",
      onHost("findmnt -no OPTIONS /proc; systemctl status nginx.service"),
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
      `the login shell prints ${JSON.stringify(facts.noise.trim().slice(0, 60))} before any command, which breaks rsync. Let ${file} print only for a terminal: put \`${line}\` on its first line`,
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
      ? [withSetup(`${layout.destination} does not exist, and ${facts.user.name} may not create it`)]
      : []),
    ...(facts.destination === "not-writable" && !root ? [notWritable(target, stage)] : []),
    ...(facts.execUserExists ? [] : [withSetup(`there is no user ${app.exec.user} to run the service`)]),
    ...(root && app.user !== undefined && !facts.appUserExists && app.user !== app.exec.user
      ? [withSetup(`there is no user ${app.user} to own the files`)]
      : []),
    ...(facts.groupExists
      ? []
      : [
          problem(
            `there is no group ${app.group}`,
            "Set `group` in the config, or",
            onHost(`sudo groupadd ${quote(app.group)}`),
          ),
        ]),
  ];
}

function notWritable(target: Target, stage: string): Problem {
  const { facts, layout } = target;
  const { user, group } = facts.owner ?? {};
  const what = `${facts.user.name} may not write into ${layout.destination}`;
  const look = onHost(`findmnt -T ${quote(layout.destination)}`);
  return user === facts.user.name
    ? problem(`${what}, which belongs to them. It may be mounted read-only, or lack the mode u+w`, "To inspect", look)
    : problem(`${what} (it belongs to ${user}:${group})`, "Prepare the host once", setup(target, stage));
}

/** Single rules that are missing are named when the plan is made. */
function sudoProblems(target: Target, stage: string): readonly Problem[] {
  const { facts } = target;
  if (facts.sudo.kind !== "none") return [];
  const { reason } = facts.sudo;
  if (/sudo: (command )?not found/.test(reason)) {
    return [
      problem(`there is no sudo, and ${facts.user.name} is not root`, "Install it", onHost("apt-get install sudo")),
    ];
  }
  return [
    problem(
      `sudo lets ${facts.user.name} run nothing without a password (it says: ${reason})`,
      "Install the rules once",
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

function missing(name: string, from = name): Problem {
  return problem(`there is no ${name}`, "Install it", onHost(`sudo apt-get install ${from}`));
}

/** Whoever may sudo everything need not come as root, whom many images do not let in. */
function setup({ facts: { sudo } }: Target, stage: string): Mend {
  return here(`bgdeploy setup ${stage}${allowsAll(sudo) && sudo.kind !== "root" ? "" : " --as root"}`);
}
