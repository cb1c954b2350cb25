import { UserError, exitCodes } from "../errors.ts";
import type { Holder, LockAnswer } from "./lock.ts";
import { holderText, lockText, parseLockAnswer, unlockText } from "./lock.ts";
import type { Place, Survey } from "./survey.ts";
import { survey } from "./survey.ts";

export type AcquireOptions = {
  readonly holder: Holder;
  readonly randomWord: () => string;
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Milliseconds to wait for another run to end; 0 gives up at once. */
  readonly patience: number;
  /** Hears whom we wait for. */
  readonly waiting: (sentence: string) => void;
  readonly interrupted: AbortSignal;
};

/** How long two runs that collide may take to sort themselves out, in milliseconds. */
const collision = 20_000;

/**
 * Locks and reads all hosts. All or none: refused on one, it lets go of all, and waits or throws (exit code 4).
 *
 * Of two runs that each hold some of the hosts, the one with the lower id keeps what it has and waits, the other gives
 * way: neither blocks the other for good, and never do both give up.
 */
export async function acquire(places: readonly Place[], options: AcquireOptions): Promise<readonly Survey[]> {
  const { holder, now } = options;
  const end = now() + options.patience;
  let said = "";
  for (;;) {
    const surveys = await acquireOnce(places, options);
    const refused = surveys.filter(({ lock }) => lock?.kind === "refused" || lock?.kind === "frozen");
    if (refused.length === 0) {
      for (const { place, lock } of surveys) if (lock?.kind === "held") setRunning(place, holder);
      return surveys;
    }
    await letGo(surveys);
    const sentences = refused.map(({ place, lock }) => `${place.connected.session.host}: ${refusal(lock)}`);
    if (now() >= end || options.interrupted.aborted || refused.some(({ lock }) => lock?.kind === "frozen")) {
      throw new UserError(sentences, { exitCode: exitCodes.locked });
    }
    if (said !== sentences.join("\n")) options.waiting((said = sentences.join("\n")));
    await options.wait(1000);
  }
}

/** Lets go of the locks that were taken. Nobody waits for the answer: the sessions are about to end. */
export function release(surveys: readonly Survey[]): void {
  letGo(surveys).catch(() => {});
}

/** Makes the directories on hosts that had none, and takes the locks that were still to be taken. */
export async function acquireRest(surveys: readonly Survey[], holder: Holder): Promise<void> {
  const absent = surveys.filter(({ lock }) => lock?.kind === "absent");
  const answers = await Promise.all(
    absent.map(async ({ place: { connected, layout } }) => {
      const text = lockText(layout, { ...holder, phase: "running" }, { create: true });
      return { host: connected.session.host, layout, answer: parseLockAnswer(await connected.session.evaluate(text)) };
    }),
  );
  const refused = answers.filter(({ answer }) => answer.kind === "refused" || answer.kind === "frozen");
  if (refused.length > 0) {
    throw new UserError(
      refused.map(({ host, answer }) => `${host}: ${refusal(answer)}`),
      { exitCode: exitCodes.locked },
    );
  }
  const failed = answers.filter(({ answer }) => answer.kind === "absent");
  if (failed.length > 0) {
    throw new UserError(
      failed.map(
        ({ host, layout }) =>
          `${host}: ${layout.destination} cannot be made. Prepare the host once: bgdeploy setup <stage>`,
      ),
    );
  }
}

/** One try; a run that collides with a later one keeps what it has and tries the rest again. */
async function acquireOnce(places: readonly Place[], options: AcquireOptions): Promise<readonly Survey[]> {
  const { holder, now, randomWord } = options;
  const end = now() + collision;
  const surveys = new Map<Place, Survey>();
  for (let tries = 0; ; tries += 1) {
    const open = places.filter((place) => !isSettled(surveys.get(place)?.lock));
    const found = await survey(open, randomWord(), holder);
    for (const [index, each] of found.entries()) {
      const place = open[index];
      if (place) surveys.set(place, isOurs(each.lock, holder) ? { ...each, lock: { kind: "absent" } } : each);
    }
    const all = places.flatMap((place) => surveys.get(place) ?? []);
    const refusals = all.flatMap(({ lock }) => (lock?.kind === "refused" ? [lock.holder] : []));
    const frozen = all.some(({ lock }) => lock?.kind === "frozen");
    const yields = refusals.every((other) =>
      other.run === undefined ? tries < 5 : other.phase === "acquiring" && holder.run < other.run,
    );
    if (refusals.length === 0 || frozen || !yields || now() >= end) return all;
    await options.wait(100);
  }
}

/** A second name of a machine that we hold already: the preflight says so, and nothing is done there. */
function isOurs(lock: LockAnswer | undefined, holder: Holder): boolean {
  return lock?.kind === "refused" && lock.holder.run === holder.run;
}

function isSettled(lock: LockAnswer | undefined): boolean {
  return lock?.kind === "held" || lock?.kind === "absent";
}

/** Nobody waits for the answer: scripts of one session run in order. */
function setRunning({ connected, layout }: Place, holder: Holder): void {
  connected.session.evaluate(holderText(layout, { ...holder, phase: "running" })).catch(() => {});
}

async function letGo(surveys: readonly Survey[]): Promise<void> {
  await Promise.all(surveys.map(({ place }) => place.connected.session.evaluate(unlockText(place.layout))));
}

function refusal(lock: LockAnswer | undefined): string {
  if (lock?.kind === "frozen") {
    const { who = "someone", from = "?", since = "?", message } = lock.freeze;
    return `locked by hand by ${who} on ${from} since ${since}${message ? `: ${message}` : ""}. To open it: bgdeploy unlock <stage>`;
  }
  const { who, from, since, release } = lock?.kind === "refused" ? lock.holder : {};
  const holder = who === undefined ? "another run" : `${who} on ${from} since ${since}, with ${release}`;
  return `locked by ${holder}. To wait for it: --lock-wait 5m`;
}
