import { test } from "uvu";
import * as assert from "uvu/assert";
import { grid, grounds } from "../../bench/grid.ts";
import { UsageError, parse } from "../../bench/options.ts";

test("the quick bench has the slope and one job on one host, by the floor and bgdeploy", () => {
  const options = parse(["--quick"]);
  assert.equal([options.docs, options.minutes], [false, 2.5]);
  assert.equal(
    grid(options).map(({ job, hosts, rtt, tools }) => `${job} ${hosts} ${rtt} ${tools.join(" ")}`),
    ["same 1 0 floor bgdeploy", "same 1 40 floor bgdeploy", "same 1 160 floor bgdeploy", "changed 1 0 floor bgdeploy"],
  );
});

test("the whole bench has every job on one host before any on many, and each cell once", () => {
  const cells = grid(parse([])).map(({ job, hosts, rtt, settle }) => `${job} ${hosts} ${rtt} ${settle}`);
  assert.is(new Set(cells).size, cells.length);
  assert.ok(cells.indexOf("rollback 1 0 0") < cells.indexOf("first 8 0 0"));
  assert.ok(cells.includes("changed 1 0 undefined"));
});

test("fifty hosts are for the floor and bgdeploy alone", () => {
  const most = grid(parse([])).filter(({ hosts }) => hosts > 8);
  assert.ok(most.length > 0 && most.every(({ tools }) => tools.join(" ") === "floor bgdeploy"));
});

test("the other tools have their slope and each job once, and every cell where they are named", () => {
  const cellsOf = (...words: readonly string[]): readonly string[] =>
    grid(parse(words)).flatMap(({ job, hosts, rtt, tools }) =>
      tools.includes("ansible") ? [`${job} ${hosts} ${rtt}`] : [],
    );
  assert.is(
    cellsOf().join(", "),
    "same 1 0, same 1 40, same 1 80, same 1 160, first 1 0, changed 1 0, rollback 1 0, changed 8 0, changed 4 40",
  );
  assert.equal(cellsOf("--tools", "ansible", "--jobs", "rollback", "--hosts", "8", "--rtt", "0"), ["rollback 8 0"]);
});

test("few hosts are measured without the many", () => {
  const parts = grounds(grid(parse([]))).map((cells) => cells.map(({ hosts }) => hosts));
  assert.equal(
    parts.map((hosts) => [Math.min(...hosts), Math.max(...hosts)]),
    [
      [1, 8],
      [50, 50],
    ],
  );
  assert.is(parts.flat().length, grid(parse([])).length);
});

test("the floor is always there, for it is the measure", () => {
  assert.equal(parse(["--tools", "ansible"]).tools, ["floor", "ansible"]);
});

test("what cannot be meant is refused with the choice there is", () => {
  for (const [words, problem] of [
    [["--tools", "make"], /there is no make; choose of floor, bgdeploy/],
    [["--rounds", "0"], /--rounds 0: expected whole numbers from 1 on/],
    [["--frobnicate"], /--frobnicate/],
  ] as const) {
    assert.throws(
      () => parse(words),
      (error: unknown) => error instanceof UsageError && problem.test(error.message),
    );
  }
});

test.run();
