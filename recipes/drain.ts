import type { Command, Endpoint, Facts, Line, Target } from "../lib/index.ts";
import { describeEndpoint, hexOf, joinLines, quote, rawLine, sh, shell } from "../lib/index.ts";
import { countAwakeLine, countWorkersLine } from "./nginx-workers.ts";
import { clockLine, pollLine } from "./poll.ts";

/** `undo`: an interrupt does not end the wait, for it is what the interrupt asked for. `watch` runs at each look, and may fail. */
export type DrainOptions = { readonly noted?: string; readonly undo?: boolean; readonly watch?: Line };

/**
 * Waits until nothing is on its way to where a variant listens any more, for at most `drain.timeout`; then says what was, and goes on.
 *
 * After a reload two things may be: a worker of before it (their pids stand in the file `noted`), which may yet choose
 * the old variant for a request that it is still reading; and an open connection to it, also from a worker that an
 * earlier reload had replaced already.
 *
 * Where nothing is reloaded, and the app asks for its signal early, the wait is over when no request can choose the old
 * variant any more: what has reached it is the app's to end.
 */
export function drain(
  { app, layout, facts }: Target,
  endpoint: Endpoint,
  { undo = false, noted = layout.workers, watch = rawLine(":") }: DrainOptions = {},
): Command {
  const connections = endpoint.kind === "port" ? countToPortLine(endpoint.port) : countToSocketLine(endpoint, facts);
  const flags = facts.nginx.includesFlag;
  const early = app.drainSignal === "early" && flags;
  // The workers are counted by the shell itself; while there are some, the connections need not be.
  const workers = flags ? countAwakeLine(facts) : countWorkersLine(facts, noted, "there");
  const seconds = app.drainTimeout / 1000;
  const held = `${flags ? "" : "$bg_workers old nginx worker(s) and "}$bg_open connection(s) to ${describeEndpoint(endpoint)}`;
  const lines = [
    watch,
    workers,
    rawLine("bg_workers=$bg_left"),
    ...(early ? [] : [sh`[ $bg_left != 0 ] || { ${connections}; bg_left=$bg_open; }`]),
    tellLine(connections, `${seconds} s; still open: ${held}`, flags ? "" : foreign),
  ];
  const late = `${connections.raw}; bg_ways=; [ -z "\${bg_hint-}" ] || bg_ways=${quote(waysOut)}; echo "After ${seconds} s ${held} are still open: a download, a stream or a WebSocket, perhaps of another site on this host. The old variant is stopped all the same.$bg_ways"`;
  return shell(
    "wait for the old connections",
    pollLine(joinLines(lines, "\n"), app.drainTimeout, rawLine(late), {
      interrupt: undo ? undefined : layout.interrupt,
    }),
    {
      warns: true,
    },
  );
}

/**
 * An old worker lives as long as any of its connections. It is waited for all the same: it may be reading a request's body that
 * will go to the old variant, and a request that is lost is worse than a wait.
 */
const foreign = ": probably another site's";

const waysOut =
  " It probably was another site's. To wait less: a shorter drain.timeout, or nginx.switch({ mode: \"instant\" }), which waits for this app's connections only";

/** Says every five seconds how long the wait has been, and for what; `foreign` where there was no connection of ours at the last look either. */
function tellLine(connections: Line, of: string, foreign: string): Line {
  const none = `bg_hint=; if [ $bg_open != 0 ]; then bg_none=; else [ -z "\${bg_none-}" ] || bg_hint=${quote(foreign)}; bg_none=yes; fi`;
  const said = `${none}; echo "... waited $(((bg_now - bg_from) / 1000000)) s of ${of}$bg_hint"`;
  return rawLine(
    `${clockLine}; : "\${bg_from:=$bg_now}" "\${bg_tell:=$((bg_now + 2000000))}"; [ $bg_left = 0 ] || [ $bg_now -lt $bg_tell ] || { bg_tell=$((bg_now + 5000000)); ${connections.raw}; ${said}; }`,
  );
}

/** Sets `bg_open` to how many connections to a port of this host are established (state 01 of /proc/net/tcp). */
function countToPortLine(port: number): Line {
  const ours = `^ *[0-9]+: [0-9A-F]+:${hexOf(port)} [0-9A-F]+:[0-9A-F]+ 01 `;
  // Without IPv6 there is one count.
  return sh`bg_open=$(exec grep -hcE ${ours} /proc/net/tcp /proc/net/tcp6 2>/dev/null); bg_open=$((${rawLine("${bg_open//$'\\n'/+}")} + 0))`;
}

/**
 * The same for a socket: of a connection only the app's end bears the path in /proc/net/unix, with state 03, or 02 where the
 * app has not accepted it yet. A unit that has a network of its own has a list of its own.
 */
function countToSocketLine({ path, variant }: Extract<Endpoint, { kind: "socket" }>, { units }: Facts): Line {
  const ours = `^[0-9a-fA-F]+: [0-9A-F]+ [0-9A-F]+ [0-9A-F]+ 0001 0[23] +[0-9]+ ${path.replaceAll(".", "[.]")}$`;
  const own = `/proc/${units[variant].pid}/net/unix`;
  return sh`bg_file=${own}; [ -r ${own} ] || bg_file=/proc/net/unix; bg_open=$(exec grep -cE ${ours} "$bg_file" 2>/dev/null); bg_open=$((bg_open + 0))`;
}
