import type { App } from "../model/app.ts";
import type { Facts } from "../model/facts.ts";
import type { Layout } from "../model/layout.ts";
import type { Connected } from "./connect.ts";
import type { Holder, LockAnswer } from "./lock.ts";
import { lockText, parseLockAnswer } from "./lock.ts";
import { probeText } from "./probe.ts";
import { parseProbe } from "./probe-answer.ts";

/** A connected host, and where the app stands there. */
export type Place = { readonly connected: Connected; readonly app: App; readonly layout: Layout };

/** What a survey found: the facts of one host, and what came of asking for its lock (`undefined`: not asked). */
export type Survey = { readonly place: Place; readonly facts: Facts; readonly lock: LockAnswer | undefined };

/** Reads all hosts at once, in one round trip each; with a holder it asks for their locks in the same breath. */
export function survey(places: readonly Place[], word: string, holder?: Holder): Promise<readonly Survey[]> {
  return Promise.all(places.map((place) => surveyHost(place, word, holder)));
}

async function surveyHost(
  { connected, app, layout }: Place,
  word: string,
  holder: Holder | undefined,
): Promise<Survey> {
  const { session, noise } = connected;
  const separator = `${word}-lock`;
  const lock = holder === undefined ? ":" : lockText(layout, holder, { create: false });
  const text = await session.evaluate(`${lock}\nprintf '\\n%s\\n' ${separator}\n${probeText(word, app, layout)}`);
  const at = text.indexOf(`\n${separator}\n`);
  const facts = parseProbe(text.slice(at), word, noise, layout);
  return { place: { connected, app, layout }, facts, lock: holder && parseLockAnswer(text.slice(0, at)) };
}
