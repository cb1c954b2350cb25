import { environmentSource } from "../../host/environment.ts";
import { trustedSource } from "../../host/trusted.ts";
import { spawn } from "node:child_process";
import type { Layout } from "../model/layout.ts";
import type { Line } from "../model/shell.ts";
import { joinLines, rawLine, sh } from "../model/shell.ts";
import { trustedLine } from "../model/trusted.ts";
import type { Variant } from "../model/variant.ts";
import type { Connected } from "./connect.ts";
import { bashWords } from "./prelude.ts";

/** A shell for a person, in a channel of the open connection. `terminal`: is there one to hand on? */
export function openShell(
  { session, channel }: Connected,
  text: string,
  terminal: boolean,
): { readonly status: Promise<number | null>; kill(): void } {
  const words = [...channel, ...(terminal ? ["-t"] : []), "--", session.host, text];
  const child = spawn("ssh", words, { stdio: "inherit" });
  const { promise: status, resolve } = Promise.withResolvers<number | null>();
  child.on("error", () => resolve(null));
  child.on("close", (code) => resolve(code));
  return { status, kill: () => void child.kill() };
}

/**
 * What ssh is told to run: the user's own shell, in a release, with the environment of its variant. The values stay on the
 * host, where bash reads them as data, and only from a file that nobody else may write.
 */
export function shellIn(layout: Layout, release: string | undefined, variant: Variant | undefined): string {
  const { destination } = layout;
  const directory = release === undefined ? destination : layout.release(release);
  const environment = variant === undefined ? [] : [loadLine(destination, layout.environment(variant))];
  const lines = [sh`cd ${directory} || cd`, ...environment, rawLine(`exec "\${SHELL:-bash}"`)];
  return bashWords(joinLines(lines, "\n").raw);
}

function loadLine(destination: string, file: string): Line {
  const why = sh`if ! [ -r ${file} ]; then bg_why=${file}" may not be read by $(id -un)"; else ${trustedLine(destination, [file])}; fi`;
  return sh`${rawLine(trustedSource)}
${rawLine(environmentSource)}
bg_why=; ${why}
if [ -z "$bg_why" ]; then bg_environment ${file}; else echo "$bg_why: this shell goes on without it" >&2; fi`;
}
