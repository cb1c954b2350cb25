/** Milliseconds of a round trip from which on a line is a slow one: bytes then cost more than compressing them. */
export const slow = 20;

/** Milliseconds for a channel to open from which on its line is likely slow. Two round trips are in them, and some programs that start. */
const slowOpening = 80;

/** What is known of the round trips of a channel. */
export type RoundTrips = {
  /** The host said its first word. */
  opened(): void;
  /** It was asked whether it is there, and has not answered yet. */
  asked(): void;
  answered(): void;
  /** The answers tell, the soonest of them: a busy host, or a busy client, is late. As long as there is none, the opening does. */
  isSlow(): boolean;
};

/** `now`: milliseconds. The channel is asked for in this moment. */
export function countRoundTrips(now: () => number): RoundTrips {
  const began = now();
  let opening = 0;
  let since: number | undefined;
  let shortest: number | undefined;
  return {
    opened() {
      opening ||= now() - began;
    },
    asked() {
      since = now();
    },
    answered() {
      if (since !== undefined) shortest = Math.min(shortest ?? Infinity, now() - since);
      since = undefined;
    },
    isSlow() {
      if (shortest !== undefined) return shortest > slow;
      const isLate = since !== undefined && now() - since > slow;
      return isLate || opening > slowOpening;
    },
  };
}
