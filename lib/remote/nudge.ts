import { spawn } from "node:child_process";
import type { Place } from "./survey.ts";

/** Ends the waits that run on a host: its session is busy with them, so the word goes by a channel of its own. */
export function nudge({ connected, layout }: Place): void {
  const { session, channel } = connected;
  // The path holds no character that any login shell takes for more than itself: the config's check sees to that.
  const child = spawn("ssh", [...channel, "--", session.host, `touch ${layout.interrupt}`], {
    stdio: "ignore",
    detached: true,
  });
  child.on("error", () => {});
  child.unref();
}
