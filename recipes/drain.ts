import type { Command, Line, Target } from "../lib/index.ts";
import { joinLines, rawLine, shell } from "../lib/index.ts";
import { countWorkersLine } from "./nginx-reload.ts";
import { pollLine } from "./poll.ts";

/** `undo`: an interrupt does not end the wait, for it is what the interrupt asked for. `watch` runs at each look, and may fail. */
export type DrainOptions = { readonly noted?: string; readonly undo?: boolean; readonly watch?: Line };

/**
 * Waits until nothing is on its way to `port` any more, for at most `drain.timeout`; then says what was, and goes on.
 *
 * After a reload two things may be: a worker of before it (their pids stand in the file `noted`), which may yet choose
 * the old port for a request that it is still reading; and an open connection to the port, also from a worker that an
 * earlier reload had replaced already.
 */
export function drain(
  { app, layout, facts }: Target,
  port: number,
  { undo = false, noted = layout.workers, watch = rawLine(":") }: DrainOptions = {},
): Command {
  const connections = countConnectionsLine(port);
  const count = facts.nginx.includesFlag
    ? connections
    : joinLines(
        [
          connections,
          rawLine("bg_open=$bg_left"),
          countWorkersLine(noted, "there"),
          rawLine("bg_left=$((bg_left + bg_open))"),
        ],
        "\n",
      );
  const seconds = app.drainTimeout / 1000;
  const open = facts.nginx.includesFlag ? "" : ` and \${bg_open} connection(s) to port ${port}`;
  const held = facts.nginx.includesFlag
    ? `$bg_left connection(s) to port ${port}`
    : `$((bg_left - bg_open)) old nginx worker(s)${open}`;
  const late = `echo "After ${seconds} s ${held} are still open: a download, a stream or a WebSocket, perhaps of another site on this host. The old variant is stopped all the same."`;
  return shell(
    "wait for the old connections",
    pollLine(joinLines([watch, count], "\n"), app.drainTimeout, rawLine(late), undo ? undefined : layout.interrupt),
    {
      warns: true,
    },
  );
}

/** Sets `bg_left` to how many connections to a port of this host are established (state 01 of /proc/net/tcp). */
function countConnectionsLine(port: number): Line {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return rawLine(
    `bg_left=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -cE '^ *[0-9]+: [0-9A-F]+:${hex} [0-9A-F]+:[0-9A-F]+ 01 ')`,
  );
}
