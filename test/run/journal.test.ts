import { spawnSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { shell } from "../../lib/model/command.ts";
import type { Layout } from "../../lib/model/layout.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { rawLine } from "../../lib/model/shell.ts";
import { task } from "../../lib/model/task.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import type { Entry } from "../../lib/run/journal.ts";
import { journalCommand, withJournal } from "../../lib/run/journal.ts";
import { aTarget, newRelease } from "../support/target.ts";
import { textOf } from "./support/fake-doors.ts";

const test = suite<{ directory: string; layout: Layout }>("journal");
test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), "bgdeploy test-"));
  context.layout = makeLayout("shop", context.directory);
  mkdirSync(context.layout.state);
});
test.after.each(({ directory }) => rmSync(directory, { recursive: true }));

const entry: Entry = {
  at: "2025-05-13 00:00:00 UTC",
  who: 'o\'brien "ada" $USER',
  from: "laptop",
  run: "bg0123",
  action: "run",
  release: "2025_05_13T00_00_00-v1.1",
  variant: "green",
  end: "live",
};

function write(layout: Layout, each: Entry): void {
  const { status, stderr } = spawnSync("bash", ["-c", journalCommand(layout, each).line.raw], { encoding: "utf8" });
  assert.equal([status, stderr], [0, ""]);
}

function read(layout: Layout): readonly unknown[] {
  return readFileSync(layout.journal, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

test("entries are appended, whatever is in them", ({ layout }) => {
  write(layout, entry);
  write(layout, { ...entry, who: "a\nb", end: "undone" });
  assert.equal(read(layout), [entry, { ...entry, who: "a\nb", end: "undone" }]);
});

test("a journal is for its owner alone, and nothing is left beside it", ({ layout }) => {
  write(layout, entry);
  assert.is((statSync(layout.journal).mode & 0o777).toString(8), "600");
  assert.equal(readdirSync(layout.state), ["journal.ndjson"]);
});

test("an entry is added to the file itself as long as there is room; beyond that the file is replaced", ({
  layout,
}) => {
  const lines = (count: number): string => Array.from({ length: count }, (_, index) => `{"old":${index}}\n`).join("");
  for (const [count, stays] of [
    [998, true],
    [999, true],
    [1000, false],
  ] as const) {
    writeFileSync(layout.journal, lines(count));
    // With a second name its inode is not given to a new file.
    linkSync(layout.journal, `${layout.state}/former`);
    const { ino } = statSync(layout.journal);
    write(layout, entry);
    assert.is(statSync(layout.journal).ino === ino, stays);
    assert.is(read(layout).length, Math.min(count + 1, 1000));
    rmSync(`${layout.state}/former`);
  }
});

test("the last thousand entries are kept", ({ layout }) => {
  writeFileSync(layout.journal, Array.from({ length: 1000 }, (_, index) => `{"old":${index}}\n`).join(""));
  write(layout, entry);
  const lines = read(layout);
  assert.equal([lines.length, lines[0], lines.at(-1)], [1000, { old: 1 }, entry]);
});

test("a host writes its journal itself as the last thing behind the point of no return", () => {
  const [one, two] = [aTarget({ host: "h1", live: "blue" }), aTarget({ host: "h2", live: undefined })];
  const last = task({ name: "last", commits: true, commands: ({ live }) => (live ? [say] : []), undo: "not-needed" });
  const plan = makePlan(
    newRelease,
    [task({ name: "first", commands: () => [say], undo: "not-needed" }), last],
    [one, two],
  );
  const journaled = withJournal(plan, ({ release }) => ({ ...entry, release: release.id }));
  // On h2 nothing is final: what became of it is known when the run is over.
  assert.equal([...journaled.hosts], ["h1"]);
  const commands = (host: string): readonly string[] =>
    journaled.plan.phases
      .flatMap(({ hosts }) => hosts.filter(({ target }) => target.host.name === host))
      .flatMap(({ steps }) => steps.flatMap((step) => step.commands.map((each) => textOf(each, one))));
  assert.equal(commands("h1"), [
    "say",
    "record that the run is past the point of no return",
    "say",
    "write the journal",
  ]);
  assert.equal(commands("h2"), ["say"]);
});

const say = shell("say", rawLine("echo"));

test.run();
