import type { Command, Layout, Target, Task, Variant } from "../lib/index.ts";
import { otherVariant, quote, rawLine, routeWords, sh, shell, sudo, task } from "../lib/index.ts";
import { servingEndpoint } from "./serving-endpoint.ts";
import type { MakeSetup, SetupOptions } from "./setup.ts";
import { guardProgram } from "./nginx-program.ts";
import { helperText } from "./templates/helper.ts";

/**
 * What `strict` needs on a host, in an order in which each step leaves a running app as it is: the helper, its copies of the
 * environments and of the file that nginx includes, then the site that includes it. The unit and the sudo rule come last.
 */
export function strictSetup(make: MakeSetup): readonly Task[] {
  const whereStrict: MakeSetup = (name, title, commands) =>
    make(name, title, (target, options) => (target.layout.strict ? commands(target, options) : []));
  return [
    whereStrict("helper", "install the helper that sudo will allow", helper),
    whereStrict("environments", "hand the environments to root", environments),
    whereStrict("route", "write the backend.conf that is root's", route),
    moveSite(),
  ];
}

/** Renamed whole: a call of it may run just now. */
function helper({ app, facts, layout }: Target): readonly Command[] {
  const text = helperText(app, layout.nginx);
  if (facts.files.helper === text) return [];
  const beside = `${layout.helper}.new`;
  const directories = [directoryOf(layout.helper), directoryOf(layout.rooted), layout.rooted];
  return [
    ...guardProgram(layout),
    sudo(["install", "-d", "-o", "root", "-g", "root", "-m", "0755", ...directories]),
    sudo(["tee", beside], { title: `write ${beside}`, input: rawLine(text) }),
    sudo(["chown", "root:root", beside]),
    sudo(["chmod", "0755", beside]),
    sudo(["mv", "-fT", beside, layout.helper]),
  ];
}

/**
 * Before the unit names the helper's copies: else the live variant could not start again. Each file is opened by its owner,
 * who reads nothing by it that they could not read, and is no symlink.
 */
function environments(target: Target, { deployer }: SetupOptions): readonly Command[] {
  const { app, facts, layout, live, idle } = target;
  const { unit } = facts.files;
  if (unit === undefined || unit.includes(layout.unitEnvironment("%i"))) return [];
  const owners = [...new Set([deployer, app.exec.user, app.user ?? deployer, "root"])].map((name) => quote(name));
  const asRoot = rawLine(facts.sudo.kind === "root" ? "" : "sudo -n ");
  const hand = (variant: Variant): Command => {
    const file = layout.environment(variant);
    const missing =
      variant === live
        ? sh`{ echo ${file} "is missing. Deploy once, then run setup again"; exit 1; }`
        : rawLine("exit 0");
    const foreign = sh`{ echo ${file} "belongs to $bg_owner"; exit 1; }`;
    const line = sh`bg_owner=$(stat -c %U ${file} 2>/dev/null) || ${missing}
case $bg_owner in ${rawLine(owners.join(" | "))}) ;; *) ${foreign} ;; esac
set -o pipefail; ${asRoot}runuser -u "$bg_owner" -- dd if=${file} iflag=nofollow status=none | ${asRoot}${layout.helper} environment ${variant}`;
    return shell(`hand over ${file}`, line);
  };
  return [live ?? otherVariant(idle), idle].map((variant) => hand(variant));
}

function route(target: Target): readonly Command[] {
  const { facts, layout } = target;
  if (facts.files.backendAt === layout.backend) return [];
  return [sudo(routeWords(layout, servingEndpoint(target)))];
}

/** Both files name the same port: whichever of them nginx has read, the traffic stays where it is. */
function moveSite(): Task {
  return task({
    name: "setup:site",
    title: "have the nginx site include the backend.conf that is root's",
    commands: ({ facts, layout }) => {
      const { formerSites } = facts.nginx;
      if (formerSites.length === 0) return [];
      return [
        ...formerSites.flatMap((file) => [
          sudo(["cp", "-p", file, keptSite(layout, file)]),
          sudo(["sed", "-i", "-E", edit(layout), file]),
        ]),
        sudo([layout.nginx.binary, "-t"], { title: "check nginx's configuration" }),
        sudo(["systemctl", "reload", layout.nginx.unit]),
      ];
    },
    undo: ({ facts, layout }) => [
      ...facts.nginx.formerSites.map((file) => sudo(["cp", "-p", keptSite(layout, file), file])),
      ...(facts.nginx.formerSites.length === 0
        ? []
        : [sudo(["systemctl", "reload", layout.nginx.unit], { mayFail: true })]),
    ],
  });
}

function edit({ backend, ownBackend, backends }: Layout): string {
  const other = "[^[:alnum:]._/-]";
  return String.raw`s#(^|${other})(${literal(ownBackend)}|${literal(backends)})($|${other})#\1${backend}\3#g`;
}

/** For a basic or extended regular expression between `#`. */
function literal(path: string): string {
  return path.replaceAll(/[.*+?^${}()|[\]\\#]/g, String.raw`\$&`);
}

function keptSite({ rooted }: Layout, file: string): string {
  return `${rooted}/site-before${file.replaceAll("/", "_")}`;
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
