import type { App } from "../model/app.ts";
import type { Facts } from "../model/facts.ts";
import type { Layout } from "../model/layout.ts";
import type { LiveState } from "../model/live.ts";
import { liveState } from "../model/live.ts";
import { sentenceOf } from "../model/problem.ts";
import { variants } from "../model/variant.ts";
import { disabledProblems } from "./preflight.ts";
import { unreadText } from "./unread.ts";
import { strangerProblems } from "./strangers.ts";
import { restartProblems } from "./unit-bars.ts";

type Looked = { readonly facts: Facts; readonly app: App; readonly layout: Layout };

/** What is wrong on a host, a sentence each. While a run holds it, what it shows is on its way; but not who takes its visitors. */
export function hostNotes({ facts, app, layout }: Looked): readonly string[] {
  const strangers = strangerProblems({ facts, app, layout }).map((each) => sentenceOf(each));
  if (facts.lock.held) return strangers;
  const state = liveState(facts, app.ports);
  const live = state.kind === "live" ? state.live : undefined;
  const boot = variants.filter((variant) => facts.units[variant].enabled);
  const wrongBoot = live !== undefined && (boot.length !== 1 || boot[0] !== live);
  return [
    ...strangers,
    ...disabledProblems({ facts }).map((each) => sentenceOf(each)),
    ...(state.kind !== "first" && facts.tools.nginx !== undefined && !facts.nginx.active
      ? [`nginx is not running: NO REQUEST IS SERVED. Start it: sudo systemctl start ${layout.nginx.unit}`]
      : []),
    ...stateNotes(state),
    ...(facts.unread.length === 0 || state.kind === "unclear" ? [] : [unreadText(facts.user.name, facts.unread)]),
    ...(wrongBoot
      ? [`after a reboot ${boot.join(" and ") || "nothing"} would start, but ${live} is live. The next run fixes that`]
      : []),
    ...(live === undefined
      ? []
      : restartProblems({ facts, layout }, live, "<stage>").map(
          (each) => `after a reboot nothing would serve: ${sentenceOf(each)}`,
        )),
  ];
}

function stateNotes(state: LiveState): readonly string[] {
  switch (state.kind) {
    case "first":
      return ["nothing was deployed yet"];
    case "down":
      return [`the live variant ${state.live} is DOWN: no request is served`];
    case "unclear":
      return [`${state.problem}. To diagnose: bgdeploy doctor <stage>`];
    case "live":
      return state.repairs.length === 0 ? [] : ["an earlier run did not finish; the next run repairs that first"];
  }
}
