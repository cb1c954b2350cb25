import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Level } from "../../lib/report/plain.ts";
import { plainReporter } from "../../lib/report/plain.ts";
import { advice, aHost, anOutcome, aScreen } from "./an-outcome.ts";
import { events } from "./events.ts";

function said(level: Level, color = false): string {
  const screen = aScreen({ color });
  const reporter = plainReporter(screen, advice, level);
  for (const event of events) reporter.on(event);
  return screen.text();
}

test("steps, warnings, failures and what hooks print are told, with the time since the start", () => {
  assert.is(
    said("normal"),
    `[  0.0s] connecting to h1, prod-02
[  0.3s] h1       connected
[  0.4s] h1       warning: nginx -t is skipped
[  1.3s] h1       upload:send  done in 0.8 s
[  1.5s] h1       hooks:pre migrate  | migrated
[  1.5s] h1       hooks:pre migrate  | 100 %
[ 11.5s] prod-02  health:wait  failed: wait for health failed with status 1
[ 11.7s] prod-02  undo of systemd:start  done in 0.1 s
`,
  );
});

test("verbose also tells every command and its output", () => {
  assert.equal(said("verbose").split("\n").slice(3, 9), [
    "[  0.5s] h1       upload:send  started",
    "[  0.5s] h1       upload:send  $ mkdir a &&",
    "[  0.5s] h1       upload:send  $ cd a",
    "[  0.6s] h1       upload:send  | sent 1 file",
    "[  1.3s] h1       upload:send  done in 0.8 s",
    '[  1.4s] h1       hooks:pre migrate  $ hook "migrate" (TypeScript)',
  ]);
});

test("quiet tells failures only", () => {
  assert.is(said("quiet"), "[ 11.5s] prod-02  health:wait  failed: wait for health failed with status 1\n");
});

test("a host's output never steers the terminal, with colours or without", () => {
  // oxlint-disable-next-line no-control-regex
  assert.not.match(said("verbose"), /[^\n\P{Cc}]/u);
  assert.not.match(said("verbose", true), "\u001B[2J");
  assert.match(said("normal", true), "\u001B[31mhealth:wait  failed: wait for health failed with status 1\u001B[39m\n");
});

test("the summary ends it, after an empty line when anything was said before", () => {
  const screen = aScreen();
  const reporter = plainReporter(screen, advice, "quiet");
  reporter.end(anOutcome([aHost("h1", { from: { release: undefined, variant: undefined } })]));
  assert.is(screen.text(), "h1  nothing → v1.1 (green)  4.2 s  1.3 MB sent\n\nDone in 4.5 s: v1.1 is live on h1.\n");
});

test("an upload that lasts says how far it is, every five seconds", () => {
  const screen = aScreen();
  const reporter = plainReporter(screen, advice);
  const about = { host: "h1", task: "upload:send" };
  reporter.on({ at: 0, type: "step-started", ...about, undo: false, final: false });
  for (let at = 0; at <= 12_000; at += 100) {
    reporter.on({ at, type: "progress", ...about, percent: at / 200, bytes: at * 1000, files: 3 });
  }
  assert.is(
    screen.text(),
    "[  5.0s] h1  upload:send  … 25 %, 5.0 MB, 3 files\n[ 10.0s] h1  upload:send  … 50 %, 10.0 MB, 3 files\n",
  );
});

test.run();
