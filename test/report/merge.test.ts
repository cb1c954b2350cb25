import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Capacity } from "../../lib/report/merge.ts";
import { makeReorder, mergeByTime } from "../../lib/report/merge.ts";

type Item = { readonly time: number; readonly host: string };

/** `h1 1 4 9`: what a host has, in its order. */
const from = (line: string): readonly Item[] => {
  const [host = "", ...times] = line.split(" ");
  return times.map((time) => ({ host, time: Number(time) }));
};
const shown = (items: readonly Item[]): string => items.map(({ host, time }) => `${host}:${time}`).join(" ");

async function* stream<T>(items: readonly T[], closed: () => void = () => {}): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    closed();
  }
}

for (const [name, lines, expected] of [
  ["nothing of nobody", [], ""],
  ["nothing of one", ["h1"], ""],
  ["one host as it is", ["h1 1 2 3"], "h1:1 h1:2 h1:3"],
  ["two hosts, the oldest first", ["h1 1 4 9", "h2 2 3 10 11"], "h1:1 h2:2 h2:3 h1:4 h1:9 h2:10 h2:11"],
  ["at the same time, the first host first", ["h1 5 5", "h2 5"], "h1:5 h1:5 h2:5"],
  ["a clock that steps back keeps its host's order", ["h1 1 9 2 3", "h2 4 10"], "h1:1 h2:4 h1:9 h1:2 h1:3 h2:10"],
  ["a host that has nothing", ["h1 1", "h2", "h3 0"], "h3:0 h1:1"],
] as const) {
  test(`merged: ${name}`, async () => {
    const items: Item[] = [];
    for await (const item of mergeByTime(lines.map((line) => stream(from(line))))) items.push(item);
    assert.is(shown(items), expected);
  });
}

const capacityOf = (items: number): Capacity<Item> => ({ items, characters: 1000, of: () => 1 });

test("it reads no further than it must, and breaking off ends every stream", async () => {
  const ended: string[] = [];
  let read = 0;
  async function* endless(host: string): AsyncGenerator<Item> {
    try {
      for (let time = 1; ; time += 1) {
        read += 1;
        yield { host, time };
      }
    } finally {
      ended.push(host);
    }
  }
  for await (const { time } of mergeByTime([endless("h1"), endless("h2")])) if (time === 3) break;
  assert.equal(ended.toSorted(), ["h1", "h2"]);
  assert.is(read, 6);
});

test("what arrives late is put before what is younger, as long as that still waits", () => {
  const order = makeReorder<Item>(250, capacityOf(100));
  for (const item of from("h1 10 30")) order.push(item, 1000);
  assert.is(shown(order.take(1249)), "");
  for (const item of from("h2 20")) order.push(item, 1249);
  // The youngest has waited long enough, so nothing older need wait any longer.
  assert.is(shown(order.take(1250)), "h1:10 h2:20 h1:30");
  for (const item of from("h2 5 40")) order.push(item, 1300);
  assert.is(shown(order.take(1400)), "");
  assert.is(shown(order.take(Infinity)), "h2:5 h2:40");
});

test("more than there is room for does not wait", () => {
  const order = makeReorder<Item>(250, capacityOf(2));
  for (const item of from("h1 5 4 3 2 1")) order.push(item, 1000);
  assert.ok(order.isFull);
  assert.is(shown(order.take(1000)), "h1:1 h1:2 h1:3");
  assert.not.ok(order.isFull);
  assert.is(shown(order.take(2000)), "h1:4 h1:5");
});

test("what waits takes no more characters than there is room for: the oldest goes", () => {
  const order = makeReorder<Item>(250, { items: 100, characters: 10, of: () => 4 });
  for (const time of [3, 1, 2, 4, 5, 6]) order.push({ host: "h1", time }, 0);
  assert.ok(order.isFull);
  assert.equal(
    order.take(0).map(({ time }) => time),
    [1, 2, 3, 4],
  );
  assert.not.ok(order.isFull);
});

test.run();
