import { liveState } from "../model/live.ts";
import { hostNotes } from "../plan/host-notes.ts";
import type { Survey } from "../remote/survey.ts";
import type { Happening } from "../run/event.ts";

/** What a survey found on a host, for reporters. */
export function readingOf({ place, facts }: Survey): Extract<Happening, { type: "read" }> {
  const { app, layout, connected } = place;
  const problems = hostNotes({ facts, app, layout });
  return { type: "read", host: connected.session.host, state: liveState(facts, app.ports), facts, problems };
}
