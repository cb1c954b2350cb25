import { spawn } from "node:child_process";
import { quote, sh } from "../model/shell.ts";
import type { Place } from "./survey.ts";

/**
 * Ends the waits of a run on a host, and has it begin nothing more. Its session may be busy with them, so the word goes by a
 * channel of its own, too. There it may come late, when the lock is another run's; and beside an upload sshd may grant none.
 */
export function nudge({ connected, layout }: Place, run: string): void {
  const { session, channel } = connected;
  const line = sh`grep -qsF ${run} ${layout.lock} && touch ${layout.interrupt}`;
  session.interject(line);
  const child = spawn("ssh", [...channel, "--", session.host, `sh -c ${quote(line.raw)}`], {
    stdio: "ignore",
    detached: true,
  });
  child.on("error", () => {});
  child.unref();
}
