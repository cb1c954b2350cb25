import type { Command, Line, Target, Task, Variant } from "../lib/index.ts";
import { environmentFile, shell, task, write } from "../lib/index.ts";
import { keepLine, restoreLine } from "./keep.ts";

/** Writes the idle variant's environment, readable by its owner alone; systemd reads it as root. */
export function environment(): Task {
  return task({
    name: "environment:write",
    title: "write the environment",
    commands: ({ app, layout, idle, release }) => [
      shell("keep the former environment", keepLine(layout.environment(idle), `${layout.state}/environment.before`)),
      write(layout.environment(idle), environmentOf(app, layout.destination, idle), "0600"),
      write(layout.record(release.id).environment, environmentOf(app, layout.destination, idle), "0600"),
    ],
    undo: restore,
  });
}

/** The variables that every service gets, then the user's. */
export function environmentOf(app: Target["app"], destination: string, variant: Variant): Line {
  const port = String(app.ports[variant]);
  return environmentFile({
    HOST: "127.0.0.1",
    PORT: port,
    PLTUSERHOME: destination,
    [`${app.envPrefix}_HTTP_HOST`]: "127.0.0.1",
    [`${app.envPrefix}_HTTP_PORT`]: port,
    [`${app.envPrefix}_VARIANT`]: variant,
    ...app.env,
  });
}

function restore({ layout, idle }: Target): readonly Command[] {
  const [path, kept] = [layout.environment(idle), `${layout.state}/environment.before`];
  return [shell("put the former environment back", restoreLine(path, kept))];
}
