import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../support/project.ts";

/** A place where a run of a project waits until the test lets it go on. */
export type Gate = {
  /** An expression for the config's source: resolves to `{}` when the gate is open. */
  readonly source: string;
  open(): void;
  shut(): void;
};

/** A project's gate by name; the waiting run gives up after two minutes. */
export function makeGate({ directory }: Pick<Project, "directory">, name: string): Gate {
  const path = join(directory, `../gate-${name}`);
  const source = `(async () => {
    const { existsSync } = await import("node:fs");
    for (let tries = 0; !existsSync(${JSON.stringify(path)}); tries += 1) {
      if (tries > 4800) throw new Error("the gate ${name} stayed shut");
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return {};
  })()`;
  return {
    source,
    open: () => writeFileSync(path, ""),
    shut: () => {
      if (existsSync(path)) rmSync(path);
    },
  };
}

/** Settings with a hook before the new variant starts, on the first host, that says "at the gate" and waits there. */
export function gatedHook({ source }: Gate): string {
  return `pre: hook("gate", { once: true }, async ({ log }) => { log("at the gate"); await ${source}; }),`;
}
