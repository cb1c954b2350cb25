import type { App, Layout, UnitDirectives } from "../../lib/index.ts";

/**
 * The template unit `<app>@.service` (systemd.unit(5), systemd.service(5)); `%i` is the variant.
 *
 * It starts again for as long as it takes (`StartLimitIntervalSec=0`): an app whose database is away for a minute must
 * not stay down. Releases share files, so the service may not write into them.
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
      EnvironmentFile: layout.environment("%i"),
      ExecStart: [
        `${layout.currentOf("%i")}/bin/${app.exec.name}`,
        ...app.exec.flags.map((flag) => unitWord(flag)),
      ].join(" "),
      Restart: "always",
      RestartSec: "1",
      TimeoutStopSec: "30",
      ...(app.writable ? {} : { ReadOnlyPaths: `-${layout.versions}` }),
    },
    Install: { WantedBy: "multi-user.target" },
  };
  const names = new Set([...Object.keys(own), ...Object.keys(app.unit)]);
  const sections = [...names].map((name) => section(name, { ...own[name], ...app.unit[name] }));
  return sections.join("\n");
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
