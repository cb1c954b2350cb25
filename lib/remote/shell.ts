import { spawn } from "node:child_process";
import type { Layout } from "../model/layout.ts";
import { quote, rawLine, sh } from "../model/shell.ts";
import type { Variant } from "../model/variant.ts";
import type { Connected } from "./connect.ts";

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
 * host: its shell reads the file itself. Any login shell takes these words the same, so they hold no single quote.
 */
export function shellIn(layout: Layout, release: string | undefined, variant: Variant | undefined): string {
  const directory = release === undefined ? layout.destination : layout.release(release);
  const environment = variant === undefined ? undefined : layout.environment(variant);
  const unread = rawLine(`echo "${environment} may not be read by $(id -un): this shell goes on without it" >&2`);
  const load =
    environment === undefined
      ? ":"
      : sh`if [ -r ${environment} ]; then set -a; . ${environment}; set +a; else ${unread}; fi`.raw;
  const script = `${sh`cd ${directory} || cd`.raw}; ${load}; exec "\${SHELL:-bash}"`;
  return `exec bash --noprofile --norc -c ${quote(script)}`;
}
