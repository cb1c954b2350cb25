import type { Command, Layout, Line, Secret, Target, Task, Variant } from "../lib/index.ts";
import { environmentFile, rawLine, shell, task, write } from "../lib/index.ts";
import { keepLine, restoreLine } from "./keep.ts";
import { isRestart } from "./is-restart.ts";
import { recordFiles } from "./record.ts";
import { unitText } from "./templates/unit.ts";

/** Writes the idle variant's environment, readable by its owner alone; systemd reads it as root. */
export function environment(): Task {
  return writeEnvironment(({ layout, release }, text) => recordFiles(layout, release.id, text));
}

/** The same with the unit that is installed: what a release runs with, for those who go back to it. */
export function environmentAndUnit(): Task {
  return writeEnvironment(({ app, layout, release }, text) =>
    recordFiles(layout, release.id, text, rawLine(unitText(app, layout))),
  );
}

function writeEnvironment(recordNew: (target: Target, environment: Line) => readonly Command[]): Task {
  return task({
    name: "environment:write",
    title: "write the environment",
    refuse: unitProblem,
    commands: (target) => {
      const { app, layout, idle } = target;
      const text = environmentOf(app, layout, idle);
      const keep = keepLine(layout.environment(idle), `${layout.state}/environment.before`, "name");
      return [
        shell("keep the former environment", keep, { simple: true }),
        write(layout.environment(idle), text, "0600"),
        // What is recorded of a release that is live stands for what serves.
        ...(isRestart(target) ? [] : recordNew(target, text)),
      ];
    },
    undo: restore,
  });
}

/** The variables that every service gets, then the user's. */
export function environmentOf(app: Target["app"], layout: Layout, variant: Variant): Line {
  return environmentFile(variablesOf(app, layout, variant));
}

/** The same, by name. */
export function variablesOf(
  app: Target["app"],
  layout: Layout,
  variant: Variant,
): Readonly<Record<string, string | Secret>> {
  const port = String(app.ports[variant]);
  // Without a port in it: an app that does not know sockets would open one.
  if (app.listen === "socket") {
    const socket = layout.socket(variant);
    return { SOCKET: socket, PLTUSERHOME: layout.destination, [`${app.envPrefix}_VARIANT`]: variant, ...app.env };
  }
  return {
    HOST: "127.0.0.1",
    PORT: port,
    PLTUSERHOME: layout.destination,
    [`${app.envPrefix}_HTTP_HOST`]: "127.0.0.1",
    [`${app.envPrefix}_HTTP_PORT`]: port,
    [`${app.envPrefix}_VARIANT`]: variant,
    ...app.env,
  };
}

/** The unit is root's: a run cannot install another one. */
function unitProblem({ app, layout, facts }: Target): string | undefined {
  if (!layout.strict || facts.files.unit === unitText(app, layout)) return undefined;
  const what =
    facts.files.unit === undefined ? `there is no ${layout.unit}` : `${layout.unit} is not what the config makes`;
  return `${what}, and with \`strict\` only setup can write it. Install it: bgdeploy setup <stage> --as root`;
}

function restore({ layout, idle }: Target): readonly Command[] {
  const [path, kept] = [layout.environment(idle), `${layout.state}/environment.before`];
  return [shell("put the former environment back", restoreLine(path, kept))];
}
