/** Seconds. */
export type Limits = {
  /** Without a byte of a host whose shell says all the while that it is there (`beat`), while it runs commands. */
  readonly silent: number;
  /** For one command to end, whatever the host says meanwhile: it holds the locks of all other hosts, too. */
  readonly work: number;
  /** Without a byte, once someone has interrupted: nobody waits long for a host that may be gone. */
  readonly hurried: number;
  /** For a command to end then, whatever the host says meanwhile: a migration may take its time, but not for ever. */
  readonly hurriedWork: number;
  /** For the answer to a question then. */
  readonly hurriedAnswer: number;
  /** For the farewell: without a byte, and in all. */
  readonly closing: { readonly silent: number; readonly all: number };
};

const usualLimits: Limits = {
  silent: 60,
  work: 6 * 3600,
  hurried: 8,
  hurriedWork: 600,
  hurriedAnswer: 5,
  closing: { silent: 5, all: 30 },
};

/** What a host is waited for. `question`: an answer of ours, within seconds; `work`: the end of commands; `idle`: that it is there. */
export type Wait =
  | { readonly kind: "question"; readonly limit: number; readonly of: unknown }
  | { readonly kind: "work"; readonly of: unknown }
  | { readonly kind: "idle" }
  | { readonly kind: "farewell" }
  | { readonly kind: "nothing" };

/** Milliseconds of a second that is counted. */
const second = 1000;

/**
 * Gives a host up that does not answer in time, or that has fallen silent. It counts seconds in which we could have heard
 * something: where this machine slept, or did something else, one second has gone, whatever the clock says.
 *
 * `waitsFor` tells what is waited for just now; `undefined` while nobody reads what the host says.
 */
export function watchSilence(
  waitsFor: () => Wait | undefined,
  giveUp: (why: string) => void,
  limits: Limits = usualLimits,
): { heard(): void; hasten(): void; stop(): void } {
  let [silent, waited] = [0, 0];
  let of: unknown;
  let hurried = false;

  function why(wait: Wait): string | undefined {
    switch (wait.kind) {
      case "nothing":
        return undefined;
      case "farewell": {
        const { closing } = limits;
        return silent >= closing.silent || waited >= closing.all ? "it did not close the session in time" : undefined;
      }
      case "question": {
        const limit = hurried ? Math.min(limits.hurriedAnswer, wait.limit) : wait.limit;
        return waited < limit ? undefined : `it did not answer within ${limit} s`;
      }
      case "work": {
        if (hurried && waited >= limits.hurriedWork)
          return `its command did not end within ${limits.hurriedWork} s of the interrupt`;
        if (waited >= limits.work) return `its command did not end within ${limits.work} s`;
        return whyIdle();
      }
      case "idle":
        return whyIdle();
    }
  }

  function whyIdle(): string | undefined {
    const limit = hurried ? limits.hurried : limits.silent;
    return silent < limit ? undefined : `it has been silent for ${limit} s: its shell is stopped, or hangs`;
  }

  const counting = setInterval(() => {
    const wait = waitsFor();
    if (wait === undefined) return;
    const now = "of" in wait ? wait.of : wait.kind;
    if (now !== of) [of, silent, waited] = [now, 0, 0];
    silent += 1;
    waited += 1;
    const reason = why(wait);
    if (reason !== undefined) giveUp(reason);
  }, second);
  counting.unref();
  return {
    heard() {
      silent = 0;
    },
    hasten() {
      if (!hurried) [hurried, silent, waited] = [true, 0, 0];
    },
    stop: () => clearInterval(counting),
  };
}
