import type { App } from "../model/app.ts";
import type { Facts } from "../model/facts.ts";
import { currentEndpoint } from "../model/endpoint.ts";
import type { Layout } from "../model/layout.ts";
import { liveState } from "../model/live.ts";
import type { Problem } from "../model/problem.ts";
import { onHost, problem } from "../model/problem.ts";

type About = { readonly facts: Facts; readonly app: App; readonly layout: Layout };

/**
 * Who gets visitors and is not the app: any user of a host can listen on a port that is free for a moment. Where the site
 * switches instantly, the port of the idle variant is nginx's second choice, and so counts as well.
 */
export function strangerProblems({ facts, app, layout }: About): readonly Problem[] {
  const state = liveState(facts, app.ports);
  if (state.kind !== "live" && state.kind !== "down") return [];
  const { live, idle } = state;
  const second = facts.nginx.includesFlag ? [idle] : [];
  return [live, ...second].flatMap((variant) => {
    const who = facts.strangers[variant];
    const endpoint = currentEndpoint({ facts, app, layout }, variant);
    if (who === undefined || endpoint.kind === "socket") return [];
    const { port } = endpoint;
    const when = variant === live ? "where visitors are sent" : `where visitors are sent when ${live} does not answer`;
    return [
      problem(
        `A STRANGER LISTENS: 127.0.0.1:${port}, ${when}, belongs to ${who}, not to ${app.name}@${variant}.service. End that program; nobody can take a socket (\`listen: "socket"\`)`,
        "Which it is",
        onHost(`sudo ss -ltnp 'sport = :${port}'`),
      ),
    ];
  });
}
