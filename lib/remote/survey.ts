import { UserError, exitCodes } from "../errors.ts";
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

/** What a survey found: the facts of one host, and whether its lock is ours or still to be taken. */
export type Survey = { readonly place: Place; readonly facts: Facts; readonly lock: LockAnswer | undefined };

/**
 * Locks (when a holder is given) and reads all hosts at once, in one round trip each. Refused on one host, it throws,
 * and the caller lets go of all by closing its connections: a half-held fleet would block others for nothing.
 */
export async function survey(
  places: readonly Place[],
  word: string,
  holder: Holder | undefined,
): Promise<readonly Survey[]> {
  const surveys = await Promise.all(places.map((place) => surveyHost(place, word, holder)));
  const refused = surveys.flatMap(({ place, lock }) => (lock?.kind === "refused" ? [refusal(place, lock.holder)] : []));
  if (refused.length > 0) throw new UserError(refused, { exitCode: exitCodes.locked });
  return surveys;
}

/** Makes the directories on hosts that had none, and takes the locks that were still to be taken. */
export async function lockRest(surveys: readonly Survey[], holder: Holder): Promise<void> {
  await Promise.all(
    surveys.map(async ({ place, lock }) => {
      if (lock?.kind !== "absent") return;
      const { layout, connected } = place;
      const answer = parseLockAnswer(await connected.session.evaluate(lockText(layout, holder, { create: true })));
      if (answer.kind === "refused") throw new UserError(refusal(place, answer.holder), { exitCode: exitCodes.locked });
      if (answer.kind === "absent") {
        throw new UserError(`${connected.session.host}: ${layout.destination} cannot be made or locked. Prepare the host once: bgdeploy setup <stage>`);
      }
    }),
  );
}

async function surveyHost({ connected, app, layout }: Place, word: string, holder: Holder | undefined): Promise<Survey> {
  const { session, noise } = connected;
  const separator = `${word}-lock`;
  const lock = holder === undefined ? ":" : lockText(layout, holder, { create: false });
  const text = await session.evaluate(`${lock}\nprintf '\\n%s\\n' ${separator}\n${probeText(word, app, layout)}`);
  const at = text.indexOf(`\n${separator}\n`);
  const facts = parseProbe(text.slice(at), word, noise, layout);
  return { place: { connected, app, layout }, facts, lock: holder && parseLockAnswer(text.slice(0, at)) };
}

function refusal({ connected }: Place, { who, from, since, release }: Partial<Holder>): string {
  const holder = who === undefined ? "another run" : `${who} on ${from} since ${since}, deploying ${release}`;
  return `${connected.session.host}: locked by ${holder}. Wait for it to end, then type the same again`;
}
