import type { Pending, Wanted } from "./pending.ts";
import { hearMark, hearOutput, kept, waiting } from "./pending.ts";
import type { Wait } from "./silence.ts";

/** What a host still has to answer, in the order in which it was sent. */
export type Answers = {
  /** What comes next from the host is its answer. `now`: milliseconds at which it is sent, where it is. */
  expect(wanted: Wanted, now?: number): Promise<Pending>;
  /** `false`: it is more than an answer can be. */
  hear(text: string): boolean;
  mark(words: readonly string[]): void;
  waitsFor(): Wait;
  /** Does the command that runs print much? */
  isLoud(): boolean;
  /** Milliseconds of the shortest round trip so far; what the script did is in it. */
  shortest(): number | undefined;
  fail(error: Error): void;
};

export function makeAnswers(host: string): Answers {
  const queue: Pending[] = [];
  let shortest: number | undefined;
  return {
    expect(wanted, now) {
      const sentAt = queue.length === 0 ? now : undefined;
      return new Promise((resolve, reject) => {
        const settle = (error: Error | undefined): void => (error ? reject(error) : resolve(entry));
        const entry: Pending = { ...waiting, ...wanted, sentAt, settle };
        queue.push(entry);
      });
    },
    hear(text) {
      const [pending] = queue;
      return pending === undefined || hearOutput(pending, text);
    },
    mark(words) {
      const [pending] = queue;
      if (pending === undefined) return;
      if (words[0] !== "end") return hearMark(host, pending, words);
      queue.shift();
      if (pending.sentAt !== undefined) shortest = Math.min(shortest ?? Infinity, performance.now() - pending.sentAt);
      pending.settle(undefined);
    },
    waitsFor() {
      const [of] = queue;
      if (of === undefined) return { kind: "idle" };
      return of.limit === undefined ? { kind: "work", of } : { kind: "question", limit: of.limit, of };
    },
    isLoud() {
      const [pending] = queue;
      return pending !== undefined && pending.limit === undefined && pending.output.length >= kept;
    },
    shortest: () => shortest,
    fail(error) {
      for (const pending of queue.splice(0)) pending.settle(error);
    },
  };
}
