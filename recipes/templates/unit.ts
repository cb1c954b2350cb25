import type { App, Layout, UnitDirectives } from "../../lib/index.ts";
import { bindLow, capabilities, sandbox } from "./sandbox.ts";

/**
 * The template unit `<app>@.service` (systemd.unit(5), systemd.service(5)); `%i` is the variant.
 *
 * It starts again for as long as it takes (`StartLimitIntervalSec=0`): an app whose database is away for a minute must
 * not stay down. Releases share files, so the service may not write into them. The user's directives win.
 */
export function unitText(app: App, layout: Layout): string {
  const own: UnitDirectives = {
    Unit: {
      Description: `${app.name} (%i)`,
      After: "network.target",
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "simple",
      User: app.exec.user,
      Group: app.group,
      WorkingDirectory: layout.currentOf("%i"),
      EnvironmentFile: layout.unitEnvironment("%i"),
      ExecStart: [
        `${layout.currentOf("%i")}/bin/${app.exec.name}`,
        ...app.exec.flags.map((flag) => unitWord(flag)),
      ].join(" "),
      Restart: "always",
      RestartSec: "1",
      TimeoutStopSec: "30",
      ...(app.writable ? {} : { ReadOnlyPaths: `-${layout.versions}` }),
      ...places(app),
      ...(capabilities(app).includes(bindLow) ? { AmbientCapabilities: bindLow } : {}),
      ...(app.sandbox ? sandbox(app, layout) : {}),
      // nginx comes by the group, and must be able to write to the socket.
      ...(app.listen === "socket" ? { UMask: "0007" } : {}),
    },
    Install: { WantedBy: "multi-user.target" },
  };
  const names = new Set([...Object.keys(own), ...Object.keys(app.unit)]);
  const sections = [...names].map((name) => section(name, merge(own[name] ?? {}, app.unit[name] ?? {})));
  return sections.join("\n") + portsText(app);
}

/**
 * The last section of a unit, which tells everybody who deploys to the host which ports are the app's: environments are closed
 * to others. systemd passes over sections whose name begins with X- (systemd.unit(5)).
 */
export function portsText({ listen, ports }: App): string {
  return `\n${section("X-Bgdeploy", { Ports: listen === "socket" ? "" : `${ports.blue} ${ports.green}` })}`;
}

/**
 * Where the service may write: systemd makes the directories for its user, and tells their paths in STATE_DIRECTORY,
 * CACHE_DIRECTORY, LOGS_DIRECTORY and RUNTIME_DIRECTORY. The first three are shared by both variants, and closed to the
 * group, which other apps are in, too. At runtime each variant has its own: systemd takes it away when that one stops.
 */
function places({ name, state, cache, logs, runtime, listen }: App): UnitDirectives[string] {
  return {
    ...(state ? { StateDirectory: name, StateDirectoryMode: "0700" } : {}),
    ...(cache ? { CacheDirectory: name, CacheDirectoryMode: "0700" } : {}),
    ...(logs ? { LogsDirectory: name, LogsDirectoryMode: "0700" } : {}),
    ...(runtime || listen === "socket" ? { RuntimeDirectory: `${name}/%i`, RuntimeDirectoryMode: "0750" } : {}),
  };
}

/** systemd adds these up: what the user's unit has of them opens more. An empty value takes back ours. */
const additive = new Set([
  "AmbientCapabilities",
  "BindPaths",
  "BindReadOnlyPaths",
  "CacheDirectory",
  "CapabilityBoundingSet",
  "LogsDirectory",
  "ReadOnlyPaths",
  "ReadWritePaths",
  "RestrictAddressFamilies",
  "RuntimeDirectory",
  "StateDirectory",
  "SystemCallFilter",
]);

function merge(own: UnitDirectives[string], users: UnitDirectives[string]): UnitDirectives[string] {
  const added = Object.entries(users).map(([key, value]) => {
    const [ours, theirs] = [[own[key] ?? []].flat(), [value].flat()];
    const isAdded = additive.has(key) && !theirs.includes("");
    return [key, isAdded ? [...new Set([...ours, ...theirs])] : theirs] as const;
  });
  return { ...own, ...Object.fromEntries(added) };
}

function section(name: string, directives: UnitDirectives[string]): string {
  const lines = Object.entries(directives).flatMap(([key, value]) => [value].flat().map((each) => `${key}=${each}\n`));
  return `[${name}]\n${lines.join("")}`;
}

/** One word of ExecStart, as it is: systemd expands `%` and `$` in it, and splits at spaces (systemd.service(5)). */
function unitWord(word: string): string {
  const literal = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w%$+,./:=@-]+$/.test(literal) ? literal : `"${literal.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
