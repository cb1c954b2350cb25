/** Something that happened at a time; all of one list in the same unit. */
type Timed = { readonly time: number };

/**
 * Joins streams that are each in order into one, the oldest first. It holds one item of each stream and no more. A stream
 * that steps back in time keeps its own order.
 */
export async function* mergeByTime<T extends Timed>(streams: readonly AsyncIterable<T>[]): AsyncGenerator<T, void> {
  const open = await Promise.all(streams.map((stream) => advance(stream[Symbol.asyncIterator]())));
  let heads = open.flatMap((head) => head ?? []);
  try {
    while (heads.length > 0) {
      const oldest = heads.reduce((best, head) => (head.item.time < best.item.time ? head : best));
      yield oldest.item;
      const next = await advance(oldest.iterator);
      heads = heads.flatMap((head) => (head === oldest ? (next ?? []) : head));
    }
  } finally {
    await Promise.all(heads.map(async ({ iterator }) => iterator.return?.()));
  }
}

type Head<T> = { readonly item: T; readonly iterator: AsyncIterator<T> };

async function advance<T>(iterator: AsyncIterator<T>): Promise<Head<T> | undefined> {
  const result = await iterator.next();
  return result.done === true ? undefined : { item: result.value, iterator };
}

/** Puts what arrives from several places into the order of its times. */
export type Reorder<T> = {
  /** `now`: when it arrived, in milliseconds. */
  push(item: T, now: number): void;
  /** What has waited long enough, with all that is older; and what there is no room for. */
  take(now: number): readonly T[];
  readonly isFull: boolean;
};

/** At most so many items wait, and characters in them. */
export type Capacity<T> = { readonly items: number; readonly characters: number; readonly of: (item: T) => number };

/** Each item waits `window` milliseconds for older ones that are still on their way. */
export function makeReorder<T extends Timed>(window: number, capacity: Capacity<T>): Reorder<T> {
  let characters = 0;
  let waiting: readonly { readonly item: T; readonly arrived: number }[] = [];
  const pushed: { readonly item: T; readonly arrived: number }[] = [];
  return {
    push(item, now) {
      characters += capacity.of(item);
      pushed.push({ item, arrived: now });
    },
    take(now) {
      const all = [...waiting, ...pushed.splice(0)].toSorted((a, b) => a.item.time - b.item.time);
      const due = all.findLastIndex(({ arrived }) => arrived <= now - window) + 1;
      let count = Math.max(due, all.length - capacity.items);
      for (const [index, { item }] of all.entries()) {
        if (index >= count && characters <= capacity.characters) break;
        characters -= capacity.of(item);
        count = Math.max(count, index + 1);
      }
      waiting = all.slice(count);
      return all.slice(0, count).map(({ item }) => item);
    },
    get isFull() {
      return waiting.length + pushed.length > 2 * capacity.items || characters > 2 * capacity.characters;
    },
  };
}
