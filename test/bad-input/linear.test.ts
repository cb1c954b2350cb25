import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseEnvironmentFile } from "../../lib/model/environment-file.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { allows, parseSudoListing } from "../../lib/model/sudo.ts";
import { diffLines } from "../../lib/plan/diff.ts";
import { printable } from "../../lib/model/printable.ts";
import { connectProblem } from "../../lib/remote/connect-error.ts";
import { parseExam } from "../../lib/remote/exam-answer.ts";
import { linesOf } from "../../lib/remote/lines.ts";
import { parseLockAnswer } from "../../lib/remote/lock.ts";
import { parseLogEntry } from "../../lib/remote/log-entry.ts";
import { maskedLines } from "../../lib/remote/masked-lines.ts";
import { parseProbe } from "../../lib/remote/probe-answer.ts";
import { choices } from "../../lib/remote/rsync-choices.ts";
import { readProgress } from "../../lib/remote/rsync.ts";
import { makeWire } from "../../lib/remote/wire.ts";
import { workflowCommand, withoutCommands } from "../../lib/report/ci-commands.ts";
import { wholeLines } from "../../lib/report/whole-lines.ts";
import { phaseLine, hostLines } from "../../lib/run/board.ts";
import { groupRuns, parseJournal } from "../../lib/run/audit.ts";

/** What hostile hosts say, in so many characters. */
const texts: Readonly<Record<string, (length: number) => string>> = {
  "no newline": (length) => "x".repeat(length),
  "newlines alone": (length) => "\n".repeat(length),
  "returns alone": (length) => "\r".repeat(length),
  blanks: (length) => `${" ".repeat(length)}x`,
  "blanks and newlines": (length) => `${" \n".repeat(length / 2)}x`,
  digits: (length) => "1".repeat(length),
  "digits and commas": (length) => "1,".repeat(length / 2),
  "half marks": (length) => "<bgword ".repeat(length / 8),
  "half marks that begin as ours": (length) => "<bgword done 0 ".repeat(length / 15),
  "ends of marks": (length) => ">".repeat(length),
  parentheses: (length) => "(".repeat(length),
  "parentheses and blanks": (length) => " ) (".repeat(length / 4),
  brackets: (length) => "[".repeat(length),
  backslashes: (length) => "\\".repeat(length),
  quotes: (length) => `A="${'\\"'.repeat(length / 2)}`,
  "equals signs": (length) => "A=\n".repeat(length / 3),
  ticks: (length) => "` ".repeat(length / 2),
  colons: (length) => ":".repeat(length),
  "escape sequences": (length) => "\u001B[\u001B]".repeat(length / 4),
  "words of ssh": (length) => "Offending key in ".repeat(length / 17),
  "half a progress": (length) => "1 1% ".repeat(length / 5),
  servers: (length) => "server ".repeat(length / 7),
  names: (length) => " groups= context=".repeat(length / 17),
};

const layout = makeLayout("shop", "/opt/shop");

/** Where an answer's names stand in a probe and in an exam. */
const sections = [
  "user",
  "machine",
  "clock",
  "disk",
  "backend",
  "unit",
  "vhost",
  "sudoers",
  "named",
  "places",
  "maintenance",
  "releases",
  "records",
  "journal",
  "locks",
  "units",
  "port-blue",
  "listeners",
  "sudo",
  "nginx-test",
  "workers",
  "private",
  "partials",
  "site",
];

/** An answer in which one section is hostile, in the form in which such a line is looked at. */
function answers(text: string): readonly string[] {
  const forms: Readonly<Record<string, string>> = {
    user: `/root\n/bin/sh\nuid=1(${text} groups=${text}`,
    unit: `yes\n${text}`,
    vhost: `yes\n${text}`,
    sudoers: `yes\n${text}`,
    named: `read\n${text}`,
    sudo: `    (root) ${text}\r`,
    "port-blue": `PORT=${text}`,
    site: `ours ${text}\nread ${text}`,
    workers: `1 (${text}`,
  };
  return sections.map((name) => `\nword=${name}\n${forms[name] ?? text}`);
}

function pieces(text: string, size: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  "the wire, in large pieces": (text) => pieces(text, 65_536).map(makeWire({ first: "bgword", later: "bgword" })),
  "the wire, in small pieces": (text) => pieces(text, 16).map(makeWire({ first: "bgword", later: "bgword" })),
  "the probe": (text) => answers(text).map((answer) => parseProbe(answer, "word", "", layout)),
  "the exam": (text) => answers(text).map((answer) => parseExam(answer, "word", layout)),
  "the lock": (text) => [text, `refused\n${text}`, `refused\n{"who":"${text}`].map((each) => parseLockAnswer(each)),
  "the journal": (text) => groupRuns(parseJournal("h1", `{"at":"${text}\n${text}`)),
  "the log": (text) => [text, `{"MESSAGE":"${text}`].map((each) => parseLogEntry("h1", each)),
  "an environment": (text) => [text, `A=${text}`].map((each) => parseEnvironmentFile(each)),
  "sudo's listing": (text) => [text, `    (root) NOPASSWD: ${text}`].map((each) => parseSudoListing(each)),
  "sudo's rules": (text) => allows({ kind: "rules", rules: [`/bin/systemctl ${text}`] }, ["systemctl", "start", "a"]),
  "rsync's progress": (text) => readProgress(text, { percent: 0, bytes: 0, files: 0 }),
  "rsync's versions": (text) => choices(`Checksum list:\n ${text}`, `Checksum list:\n ${text}`, true),
  "a diff": (text) => diffLines(text, "a\nb\n"),
  "printable text": printable,
  "output in a CI": (text) => [withoutCommands(text), workflowCommand("error", {}, text)],
  "whole lines, in small pieces": (text) => {
    const lines = wholeLines(() => {});
    for (const piece of pieces(text, 16)) lines.on({ type: "output", at: 0, host: "h1", task: "a", text: piece });
    lines.end();
  },
  "masked lines, in small pieces": (text) => {
    const lines = maskedLines([], () => {});
    for (const piece of pieces(text, 16)) lines.add(piece);
    lines.flush();
  },
  "the board": (text) => [
    phaseLine(text, [], 80),
    hostLines([{ name: "h1", state: { kind: "running", step: "a", said: text, since: 0 } }], {
      lines: 3,
      columns: 80,
      now: 0,
    }),
  ],
};

/** Milliseconds, the better of two. */
function time(work: () => unknown): number {
  const times = [1, 2].map(() => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return Math.min(...times);
}

/** Characters. At the larger one what grows with the square takes many seconds. */
const [small, large] = [30_000, 240_000];

for (const [reader, read] of Object.entries(readers)) {
  test(`${reader}: eight times the text takes no more than some eight times as long, and not sixty`, () => {
    for (const [name, make] of Object.entries(texts)) {
      const [less, more] = [make(small), make(large)];
      const first = time(() => read(less));
      // What is too small to be measured would say anything.
      const most = 24 * Math.max(first, 20);
      let second = Infinity;
      // A busy machine may be late, but not each time.
      for (let tries = 0; tries < 4 && second >= most; tries += 1) second = time(() => read(more));
      assert.ok(second < most, `${name}: ${first.toFixed(1)} ms, then ${second.toFixed(1)} ms`);
    }
  });
}

test("what ssh says is short when it is read, so what it costs is bounded", () => {
  for (const make of Object.values(texts)) {
    const took = time(() => connectProblem({ host: "h1", ssh: "ssh", pinning: "none" }, make(16_384), 255));
    assert.ok(took < 1000, `${took} ms`);
  }
});

test("lines that come in small pieces are cut as fast as those in large ones", async () => {
  async function* source(length: number): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < length; sent += 16) yield Buffer.from("x".repeat(16));
  }
  const took = async (length: number): Promise<number> => {
    const began = performance.now();
    for await (const _ of linesOf(source(length), 1_000_000));
    return performance.now() - began;
  };
  const first = await took(small);
  assert.ok((await took(large)) < 24 * Math.max(first, 20));
});

test("rules that are full of wildcards are read as fnmatch does", () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["start *", "start shop@blue.service", true],
    ["start *@*.service", "start shop@blue.service", true],
    ["start *@*.socket", "start shop@blue.service", false],
    ["start sho?@[a-c]*", "start shop@blue.service", true],
    ["start sho?@[!a-c]*", "start shop@blue.service", false],
    ["start shop\\@blue.service", "start shop@blue.service", true],
    ["start [z-a]", "start z", false],
    ["start [", "start [", true],
    [`start ${"*".repeat(30)}x`, "start shop@blue.service", false],
    [`start ${"*e".repeat(15)}x`, `start ${"e".repeat(60)}`, false],
  ];
  for (const [rule, words, expected] of rows) {
    const rules = { kind: "rules" as const, rules: [`/bin/systemctl ${rule}`] };
    assert.is(allows(rules, ["systemctl", ...words.split(" ")]), expected, rule);
  }
});

test("a log entry that is a list within lists is no entry of ours, and breaks nothing", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  assert.is(parseLogEntry("h1", `{"__REALTIME_TIMESTAMP":"1","MESSAGE":${deep}}`)?.text, "");
});

test.run();
