import { strangerSource } from "../host/stranger.ts";
import type { Line, Target } from "../lib/index.ts";
import { hexOf, listenersLine, rawLine, sh } from "../lib/index.ts";

/**
 * Defines `bg_taken`: does another than the new variant take the connections to its port? Says who, in `bg_why`. Any user
 * of the host can listen on a port that is free for a moment. `bg_user` is whom the unit runs as.
 */
export function defineTaken({ app, layout, idle }: Target): Line {
  // Only the unit's user can make a socket there.
  if (app.listen === "socket") return rawLine("bg_taken() { false; }");
  const [port, unit] = [app.ports[idle], layout.service(idle)];
  const rows = listenersLine(port);
  const what = `A STRANGER LISTENS: 127.0.0.1:${port}, where ${unit} should, belongs to `;
  const look = `, not to its user. No traffic was sent there. Which program: sudo ss -ltnp 'sport = :${port}'`;
  return sh`${rawLine(strangerSource)}
bg_taken() { bg_stranger ${hexOf(port)} ${unit} "$bg_user" < <(${rows}) && bg_why=${what}"$bg_who"${look}; }`;
}
