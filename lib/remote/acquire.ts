import { UserError, exitCodes } from "../errors.ts";
import type { Holder, LockAnswer } from "./lock.ts";
import {
  describeFreeze,
  describeLeft,
  forgetText,
  describeHolder,
  lockText,
  parseLockAnswer,
  runningText,
  unlockText,
} from "./lock.ts";
import { quote } from "../model/shell.ts";
import type { Place, Survey } from "./survey.ts";
import { survey } from "./survey.ts";

export type AcquireOptions = {
  readonly holder: Holder;
  readonly randomWord: () => string;
  readonly now: () => number;
  readonly wait: (milliseconds: number, until: AbortSignal) => Promise<void>;
  /** Milliseconds to wait for another run to end; 0 gives up at once. */
  readonly patience: number;
  /** Hears whom we wait for. */
  readonly waiting: (sentence: string) => void;
  /** Hears what was read from the hosts, also where the run is then refused. */
  readonly read?: (surveys: readonly Survey[]) => void;
  readonly interrupted: AbortSignal;
  /** What the hosts answered already, to the question that travelled with the connection. */
  readonly first?: Promise<readonly Survey[]>;
};

/** How long two runs that collide may take to sort themselves out, in milliseconds. */
const collision = 20_000;

/** Seconds for a host to take over all releases of another owner. */
const takeover = 600;

/**
 * Locks and reads all hosts. All or none: refused on one, it lets go of all, and waits or throws (exit code 4).
 *
 * Of two runs that each hold some of the hosts, the one with the lower id keeps what it has and waits, the other gives
 * way: neither blocks the other for good, and never do both give up.
 */
export async function acquire(places: readonly Place[], options: AcquireOptions): Promise<readonly Survey[]> {
  const { now, interrupted, holder } = options;
  const end = now() + options.patience;
  let said = "";
  let { first } = options;
  const ask = async (open: readonly Place[]): Promise<readonly Survey[]> => {
    const known = (await first)?.filter(({ lock }) => lock?.kind === "held") ?? [];
    first = undefined;
    // What a host said without giving us its lock may be old: others were still being connected to.
    const rest = open.filter((place) => !known.some((each) => each.place === place));
    const asked = await askTwice(rest, options);
    return open.flatMap((place) => [...known, ...asked].find((each) => each.place === place) ?? []);
  };
  for (;;) {
    const surveys = await settle(places, ask, options);
    const refused = refusals(surveys);
    if (refused.length === 0) {
      for (const { place, lock } of surveys) if (lock?.kind === "held") setRunning(place, holder);
      options.read?.(surveys);
      return surveys;
    }
    await letGo(surveys);
    if (interrupted.aborted) throw interruption();
    if (now() >= end || surveys.some(({ lock }) => lock?.kind === "frozen")) {
      options.read?.(surveys);
      throw new UserError(refused, { exitCode: exitCodes.locked });
    }
    if (said !== refused.join("\n")) options.waiting((said = refused.join("\n")));
    await options.wait(1000, interrupted);
  }
}

/** Where the directory came to be between the question for the lock and the reading, another first run is there: asked again. */
async function askTwice(places: readonly Place[], { holder, randomWord }: AcquireOptions): Promise<readonly Survey[]> {
  const first = await survey(places, { word: randomWord(), holder });
  const changed = places.filter((_, index) => first[index]?.lock?.kind === "absent" && first[index].facts.hasState);
  const second = await survey(changed, { word: randomWord(), holder });
  return places.flatMap((place, index) => second[changed.indexOf(place)] ?? first[index] ?? []);
}

/** Lets go of the locks that were taken; `isOver`: nobody needs any more what our run has kept. Nobody waits for the answer: the sessions are about to end. */
export function release(surveys: readonly Survey[], isOver: boolean): void {
  letGo(surveys, { forget: isOver }).catch(() => {});
}

/** Once it is known what is to be done: makes the directories on hosts that had none, takes the locks that were still to be taken, and forgets what an earlier run kept for its undo. */
export async function acquireRest(surveys: readonly Survey[], options: AcquireOptions): Promise<void> {
  const { holder } = options;
  const absent = surveys.filter(({ lock }) => lock?.kind === "absent").map(({ place }) => place);
  const make = async (place: Place): Promise<Answer> => {
    const text = lockText(place.layout, holder, place.app);
    return { place, lock: parseLockAnswer(await place.connected.session.evaluate(text, takeover)) };
  };
  const answers = await settle(absent, (open) => Promise.all(open.map((place) => make(place))), options);
  const refused = refusals(answers);
  if (refused.length > 0) {
    if (options.interrupted.aborted) throw interruption();
    throw new UserError(refused, { exitCode: exitCodes.locked });
  }
  const failed = answers.filter(({ lock }) => lock?.kind === "absent");
  if (failed.length > 0) {
    throw new UserError(
      failed.map(({ place: { connected, layout }, lock }) => {
        const { host } = connected.session;
        const untrusted = lock?.kind === "absent" ? lock.untrusted : undefined;
        return untrusted === undefined
          ? `${host}: ${layout.destination} cannot be created. Prepare the host once: bgdeploy setup <stage> --as root`
          : `${host}: ${untrusted} is a symlink or not a regular file, so someone may have planted it. Nothing was written through it. Check it, then remove it: ls -ld ${quote(untrusted)}`;
      }),
    );
  }
  for (const place of absent) setRunning(place, holder);
  for (const { place } of surveys) place.connected.session.evaluate(forgetText(place.layout)).catch(() => {});
}

/** What came of asking one host for its lock. */
type Answer = Pick<Survey, "place" | "lock">;

/** Asks for the locks once; a run that collides with a later one keeps what it has and tries the rest again. */
async function settle<A extends Answer>(
  places: readonly Place[],
  ask: (open: readonly Place[]) => Promise<readonly A[]>,
  options: AcquireOptions,
): Promise<readonly A[]> {
  const { holder, now, interrupted } = options;
  const end = now() + collision;
  const answers = new Map<Place, A>();
  for (let tries = 0; ; tries += 1) {
    const open = places.filter((place) => !isSettled(answers.get(place)?.lock));
    const found = await ask(open);
    for (const [index, each] of found.entries()) {
      const place = open[index];
      if (place) answers.set(place, isOurs(each.lock, holder) ? { ...each, lock: { kind: "absent" } } : each);
    }
    const all = places.flatMap((place) => answers.get(place) ?? []);
    const holders = all.flatMap(({ lock }) => (lock?.kind === "refused" ? [lock.holder] : []));
    const frozen = all.some(({ lock }) => lock?.kind === "frozen");
    const yields = holders.every((other) =>
      other.run === undefined ? tries < 5 : other.phase === "acquiring" && holder.run < other.run,
    );
    if (holders.length === 0 || frozen || !yields || interrupted.aborted || now() >= end) return all;
    await options.wait(100, interrupted);
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
  connected.session.evaluate(runningText(layout, holder)).catch(() => {});
}

async function letGo(surveys: readonly Survey[], options?: { readonly forget: boolean }): Promise<void> {
  await Promise.all(surveys.map(({ place }) => place.connected.session.evaluate(unlockText(place.layout, options))));
}

function interruption(): UserError {
  return new UserError("Interrupted while waiting for the lock; nothing was changed", {
    exitCode: exitCodes.interrupted,
  });
}

/** A sentence for each host whose lock someone else has. */
function refusals(answers: readonly Answer[]): readonly string[] {
  return answers.flatMap(({ place, lock }) => {
    const { host } = place.connected.session;
    if (lock?.kind === "refused" && lock.left) return [`${host}: ${describeLeft(host, lock.left, lock.holder)}`];
    if (lock?.kind === "refused")
      return [`${host}: locked by ${describeHolder(lock.holder)}. To wait for it: --lock-wait 5m`];
    if (lock?.kind === "frozen")
      return [`${host}: locked by hand by ${describeFreeze(lock.freeze)}. To unlock: bgdeploy unlock <stage>`];
    return [];
  });
}
