import type { Command, Target, Task } from "../lib/index.ts";
import { backendText, rawLine, sudo, task } from "../lib/index.ts";
import { servingEndpoint } from "./serving-endpoint.ts";
import { guardProgram } from "./nginx-program.ts";
import { placesFor } from "./setup-places.ts";
import { strictSetup } from "./setup-strict.ts";
import { sudoersText } from "./templates/sudoers.ts";
import { unitText } from "./templates/unit.ts";
import type { SwitchMode } from "./templates/vhost.ts";
import { vhostText } from "./templates/vhost.ts";

/** Who will deploy to a host that is being set up. */
export type SetupOptions = {
  readonly deployer: string;
  readonly deployerGroups: readonly string[];
  /** How the config's tasks move the traffic. */
  readonly mode: SwitchMode;
};

/** Makes a task of setup, which needs no undo, from the commands for a host. */
export type MakeSetup = (
  name: string,
  title: string,
  commands: (target: Target, options: SetupOptions) => readonly Command[],
) => Task;

/** Prepares hosts once, as root; `optionsOf` gives the options for each. Only what is missing has commands, so it can be run again. */
export function setup(optionsOf: (target: Target) => SetupOptions): readonly Task[] {
  const make: MakeSetup = (name, title, commands) =>
    task({
      name: `setup:${name}`,
      title,
      commands: (target) => commands(target, optionsOf(target)),
      undo: "not-needed",
    });
  return [
    make("users", "create the group and the users", users),
    make("directories", "create the directories", (target, { deployer }) => placesFor(target, deployer)),
    make("journal", "let the deployer read the journal (of all services), and give files to the group", journal),
    ...strictSetup(make),
    make("sudoers", "install the sudo rules", sudoers),
    make("unit", "install the unit", unit),
    make("backend", "write backend.conf", backend),
    givesWay,
    vhost(optionsOf),
  ];
}

function users({ app, facts }: Target, { deployer }: SetupOptions): readonly Command[] {
  const add = (name: string): Command =>
    sudo([
      "useradd",
      "--system",
      // With a group of that name in place, useradd makes none, and ends with 9.
      ...(name === app.group || facts.userGroups.includes(name) ? ["--gid", name] : ["--user-group"]),
      "--no-create-home",
      "--home-dir",
      app.destination,
      "--shell",
      "/usr/sbin/nologin",
      name,
    ]);
  const { user } = app;
  const isNew = deployer === "root" && user !== undefined && user !== app.exec.user && !facts.appUserExists;
  return [
    ...(facts.groupExists ? [] : [sudo(["groupadd", "--system", app.group])]),
    ...(facts.execUserExists ? [] : [add(app.exec.user)]),
    ...(isNew ? [add(user)] : []),
  ];
}

function journal({ app }: Target, { deployer, deployerGroups }: SetupOptions): readonly Command[] {
  if (deployer === "root") return [];
  const reads = deployerGroups.includes("systemd-journal") || deployerGroups.includes("adm");
  const groups = [...(reads ? [] : ["systemd-journal"]), ...(deployerGroups.includes(app.group) ? [] : [app.group])];
  return groups.length === 0 ? [] : [sudo(["usermod", "-aG", groups.join(","), deployer])];
}

/** sudo ignores files with a dot in their name: the new file is tried there, and moved only when visudo finds it right. */
function sudoers({ app, facts, layout }: Target, { deployer }: SetupOptions): readonly Command[] {
  const text = sudoersText(app, layout, deployer, facts.rulePaths);
  if (deployer === "root" || facts.files.sudoers === text) return [];
  const beside = `${layout.sudoers}.new`;
  return [
    ...guardProgram(layout),
    sudo(["tee", beside], { title: `write ${beside}`, input: rawLine(text) }),
    sudo(["chmod", "0440", beside]),
    sudo(["visudo", "-cf", beside], { title: "check the sudo rules" }),
    sudo(["mv", "-fT", beside, layout.sudoers]),
  ];
}

function unit({ app, facts, layout, live }: Target): readonly Command[] {
  const text = unitText(app, layout);
  const { unit: found } = facts.files;
  // What serves now may not fit a changed unit: without `strict` the next run brings unit and release together.
  if (found === text || (found !== undefined && live !== undefined && !layout.strict)) return [];
  return [
    sudo(["tee", layout.unit], { title: `write ${layout.unit}`, input: rawLine(text) }),
    sudo(["systemctl", "daemon-reload"]),
  ];
}

/** nginx does not start when a file that it includes is missing. */
function backend(target: Target, { deployer }: SetupOptions): readonly Command[] {
  const { facts, layout } = target;
  if (layout.strict || facts.files.backend !== undefined) return [];
  const input = rawLine(backendText(servingEndpoint(target)));
  return [
    sudo(as(deployer, ["tee", layout.backend]), { title: `write ${layout.backend}`, input }),
    sudo(as(deployer, ["ln", "-sfn", "backend.conf", layout.backends])),
  ];
}

/** Written once: from then on the site belongs to whoever edits it, or to certbot. */
function vhost(optionsOf: (target: Target) => SetupOptions): Task {
  return task({
    name: "setup:vhost",
    title: "install the nginx site",
    refuse: ({ app, facts, layout }) => {
      const { defaultSite, sites } = facts.nginx;
      if (isServed(facts)) return undefined;
      const { config } = layout.nginx;
      if (sites === undefined)
        return `${config}/nginx.conf includes neither sites-enabled nor conf.d/*.conf. Write the site that \`bgdeploy vhost <stage>\` prints to a file that it includes, then run setup again`;
      if (sites === "taken")
        return `${confOf({ app, layout })} does not include ${layout.backend}. Write into it what \`bgdeploy vhost <stage>\` prints, or move it away, then run setup again`;
      if (app.domain !== undefined || defaultSite === undefined) return undefined;
      return `${defaultSite} already answers every name, as the site of ${app.name} would. Set \`domain\` in the config to the name that visitors type, or disable that site first: sudo rm ${defaultSite}`;
    },
    commands: (target) => {
      const { app, facts, layout } = target;
      const start = facts.nginx.active ? [] : [sudo(["systemctl", "enable", "--now", layout.nginx.unit])];
      const take = [
        sudo([layout.nginx.binary, "-t"], { title: "check nginx's configuration" }),
        ...(facts.nginx.active ? [sudo(["systemctl", "reload", layout.nginx.unit])] : start),
      ];
      const { disabledSite } = facts.nginx;
      if (disabledSite !== undefined) {
        return [sudo(["ln", "-sfn", disabledSite, enabledBy(disabledSite)]), ...take];
      }
      if (facts.files.vhost !== undefined || isServed(facts)) return start;
      const { mode, deployer } = optionsOf(target);
      const text = vhostText(app, layout, mode, facts.nginx.hasIpv6);
      const flag = mode === "instant" && target.live === "green" && !facts.files.liveGreen;
      return [...(flag ? [sudo(as(deployer, ["touch", layout.liveGreen]))] : []), ...install(target, text), ...take];
    },
    undo: (target) => {
      const { facts, layout } = target;
      const { disabledSite } = facts.nginx;
      if (disabledSite !== undefined) return [sudo(["rm", "-f", enabledBy(disabledSite)])];
      if (facts.files.vhost !== undefined || isServed(facts)) return [];
      return facts.nginx.sites === "conf.d"
        ? [sudo(["rm", "-f", confOf(target)])]
        : [sudo(["rm", "-f", layout.vhostLink, layout.vhost])];
    },
  });
}

function install(target: Target, text: string): readonly Command[] {
  const { facts, layout } = target;
  const path = facts.nginx.sites === "conf.d" ? confOf(target) : layout.vhost;
  const enable = path === layout.vhost ? [sudo(["ln", "-sfn", path, layout.vhostLink])] : [];
  return [sudo(["tee", path], { title: `write ${path}`, input: rawLine(text) }), ...enable];
}

/** Without a directory of sites as Debian has it. */
function confOf({ app, layout }: Pick<Target, "app" | "layout">): string {
  return `${layout.nginx.config}/conf.d/${app.name}.conf`;
}

/** nginx takes one site that answers every name. The distribution's page, which nobody has edited, is no one's app. */
const givesWay: Task = task({
  name: "setup:default-site",
  title: "disable the distribution's welcome page, which nobody has edited",
  commands: (target) => stockSiteOf(target).map((site) => sudo(["rm", "-f", site])),
  undo: (target) =>
    stockSiteOf(target).map((site) => sudo(["ln", "-sfn", site.replace("/sites-enabled/", "/sites-available/"), site])),
});

function stockSiteOf({ app, facts, layout }: Target): readonly string[] {
  const { stockSite, disabledSite } = facts.nginx;
  const comes = disabledSite === layout.vhost || (facts.files.vhost === undefined && !isServed(facts));
  return app.domain === undefined && stockSite !== undefined && comes ? [stockSite] : [];
}

function enabledBy(site: string): string {
  return site.replace("/sites-available/", "/sites-enabled/");
}

/** Does a site of nginx lead to the app, or will it when what comes before is done? */
function isServed({ nginx }: Target["facts"]): boolean {
  return nginx.includesBackend === true || nginx.includesFlag || nginx.formerSites.length > 0;
}

/** With the deployer's rights: in a directory of theirs, what root writes could be led elsewhere. */
function as(deployer: string, words: readonly string[]): readonly string[] {
  return deployer === "root" ? words : ["runuser", "-u", deployer, "--", ...words];
}
