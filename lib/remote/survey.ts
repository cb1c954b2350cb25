import type { App } from "../model/app.ts";
import type { Facts } from "../model/facts.ts";
import type { Layout } from "../model/layout.ts";
import type { Connected } from "./connect.ts";
import type { Holder, LockAnswer } from "./lock.ts";
import { lockText, parseLockAnswer } from "./lock.ts";
import type { ProbeOptions } from "./probe.ts";
import { probeText } from "./probe.ts";
import { UnreadError } from "../errors.ts";
import { unanswered } from "./unanswered.ts";
import { beforeAnswers, parseProbe } from "./probe-answer.ts";

/** A connected host, and where the app stands there. */
export type Place = { readonly connected: Connected; readonly app: App; readonly layout: Layout };

/** What a survey found: the facts of one host, and what came of asking for its lock (`undefined`: not asked). */
export type Survey = { readonly place: Place; readonly facts: Facts; readonly lock: LockAnswer | undefined };

/** What a host is asked: its facts, and with a holder its lock in the same breath. The word must be random. */
export type Question = ProbeOptions & { readonly word: string; readonly holder?: Holder | undefined };

/** Asks all hosts at once, in one round trip each. */
export function survey(places: readonly Place[], question: Question): Promise<readonly Survey[]> {
  const ask = async (place: Place): Promise<Survey> =>
    readSurvey(place, question, await place.connected.session.evaluate(surveyText(place, question)));
  return Promise.all(places.map((place) => ask(place)));
}

/** The question as the host's shell evaluates it. */
export function surveyText({ app, layout }: Pick<Place, "app" | "layout">, question: Question): string {
  const lock = question.holder === undefined ? ":" : lockText(layout, question.holder);
  // The lock is the session's own; what the probe defines must not outlive it there.
  return `${lock}\n(\n${probeText(question.word, app, layout, question)}\n)`;
}

/**
 * What the host answered: what came of asking for its lock, then what the probe read. Throws an `UnreadError` where it could not
 * answer: what could not be read is not absent.
 */
export function readSurvey(place: Place, { word, holder }: Question, text: string): Survey {
  const facts = parseProbe(text, word, place.connected.noise, place.layout);
  const missing = unanswered(text, word, facts, place.layout);
  if (missing.length > 0) throw new UnreadError(place.connected.session.host, missing);
  return { place, facts, lock: holder && parseLockAnswer(beforeAnswers(text, word)) };
}
