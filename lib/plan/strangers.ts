import type { App } from "../model/app.ts";
import type { Facts } from "../model/facts.ts";
import { liveState } from "../model/live.ts";
import type { Problem } from "../model/problem.ts";
import { onHost, problem } from "../model/problem.ts";

/**
 * Who gets visitors and is not the app: any user of a host can listen on a port that is free for a moment. Where the site
 * switches instantly, the port of the idle variant is nginx's second choice, and so counts as well.
 */
export function strangerProblems(facts: Facts, app: App): readonly Problem[] {
  const state = liveState(facts, app.ports);
  if (state.kind !== "live" && state.kind !== "down") return [];
  const { live, idle } = state;
  const second = facts.nginx.includesFlag ? [idle] : [];
  return [live, ...second].flatMap((variant) => {
    const who = facts.strangers[variant];
    if (who === undefined) return [];
    const port = facts.environmentPorts[variant] ?? app.ports[variant];
    const when = variant === live ? "where visitors are sent" : `where visitors are sent when ${live} does not answer`;
    return [
      problem(
        `A STRANGER LISTENS: 127.0.0.1:${port}, ${when}, belongs to ${who}, not to ${app.name}@${variant}.service. End that program`,
        "Which it is",
        onHost(`sudo ss -ltnp 'sport = :${port}'`),
      ),
    ];
  });
}
