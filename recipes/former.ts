import type { Target } from "../lib/index.ts";
import { backendText, currentEndpoint } from "../lib/index.ts";

/** What an undo goes back to: what the probe found; but where `recover` has put it right, what that made of it. */
export type Former = {
  /** What the file that nginx includes says. */
  readonly backend: string | undefined;
  readonly current: string | undefined;
  readonly variant: string | undefined;
  readonly liveGreen: boolean;
};

export function former(target: Target): Former {
  const { state, facts } = target;
  const { files, links } = facts;
  const found = { backend: files.backend, current: links.current, variant: files.variant, liveGreen: files.liveGreen };
  if (state.kind !== "live") return found;
  const { live, repairs } = state;
  const pointed = { backend: backendText(currentEndpoint(target, live)), liveGreen: live === "green" };
  const recorded = { variant: live, current: links[live] ?? links.current };
  return {
    ...found,
    ...(repairs.includes("repoint") ? pointed : {}),
    ...(repairs.includes("record") ? recorded : {}),
  };
}
