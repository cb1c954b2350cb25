import { test } from "uvu";
import * as assert from "uvu/assert";
import { Secret } from "../../lib/model/secret.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { jsonReporter } from "../../lib/report/json.ts";
import type { JsonReporter } from "../../lib/report/json.ts";
import type { Level } from "../../lib/report/plain.ts";
import { deploy } from "../../recipes/index.ts";
import type { JsonEvent } from "../../lib/report/schema.ts";
import { endOf, linesOf, of } from "../support/json-lines.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";
import { advice, aFailure, aHost, anOutcome } from "./an-outcome.ts";
import { error, events } from "./events.ts";

const start = { type: "start", command: "run", stage: "production", version: "0.1.0" } as const;

/** The lines that are written when a reporter hears what `tell` tells it. */
function lines(tell: (json: JsonReporter) => void, level: Level = "normal"): readonly JsonEvent[] {
  let text = "";
  let now = Date.UTC(2026, 10, 23);
  const json = jsonReporter(
    (line) => (text += line),
    () => (now += 100),
    level,
  );
  json.tell(start);
  tell(json);
  json.finish(0, []);
  return linesOf(text);
}

const types = (all: readonly JsonEvent[]): readonly string[] => all.map(({ type }) => type).slice(1, -1);
const run = (json: JsonReporter): void => events.forEach((event) => json.on(event));

test("what happens is told, the output of hooks too, but no command and no output of our own", () => {
  const told = types(lines(run));
  assert.is(
    told.join(" "),
    "connecting warning step-started progress step-ended output output step-failed step-started step-ended",
  );
});

test("verbose adds every command and its output, a line each", () => {
  const all = lines(run, "verbose");
  assert.equal(
    of(all, "command").map(({ text }) => text),
    ["mkdir a &&\ncd a", 'hook "migrate" (TypeScript)'],
  );
  assert.equal(
    of(all, "output").map(({ text }) => text),
    ["sent 1 file", "migrated", "100 %"],
  );
});

test("quiet leaves failures", () => assert.equal(types(lines(run, "quiet")), ["step-failed"]));

test("progress of a host is told once a second", () => {
  const all = lines((json) => {
    for (let at = 0; at < 3000; at += 50) {
      for (const host of ["h1", "h2"])
        json.on({ at, type: "progress", host, task: "upload:send", percent: at / 50, bytes: at, files: 1 });
    }
  });
  assert.equal(
    of(all, "progress").map(({ host, percent }) => `${host} ${percent}`),
    ["h1 0", "h2 0", "h1 20", "h2 20", "h1 40", "h2 40"],
  );
});

test("secrets are masked in every text, also within JSON's own escapes; words of the schema stay", () => {
  const all = lines((json) => {
    json.hide([new Secret('pa"ss\\word'), new Secret("live"), new Secret("end")]);
    json.tell({ type: "warning", host: "h1", message: 'it says pa"ss\\word, live' });
  });
  assert.is(of(all, "warning")[0]?.message, "it says [secret], [secret]");
  assert.is(endOf(all).outcome, "done");
});

test("what a host prints steers no terminal", () => {
  const all = lines((json) =>
    json.on({ at: 0, type: "output", host: "h1", task: "a", text: "a\u001B[2J\u009B1mb\u202Ec\n" }),
  );
  assert.equal(
    of(all, "output").map(({ text }) => text),
    ["abc"],
  );
});

test("the end of a failed run: every failure, what is live, what to type", () => {
  const hosts = [
    aHost("h1", { end: "undone" }),
    aHost("prod-02", { end: "undone", failures: [aFailure("health:check", error)] }),
  ];
  const end = endOf(
    lines((json) => {
      json.conclude(anOutcome(hosts, { exitCode: 1 }), advice);
      json.finish(1, []);
    }),
  );
  assert.is(end.message, "Failed and undone. v1.0 (blue) is still live on h1, prod-02.");
  assert.equal(end.problems, ["prod-02: health:check: wait for health failed with status 1"]);
  assert.equal(end.next, ["bgdeploy logs production --only prod-02 --variant green -n 50"]);
  assert.equal(
    end.hosts.map(({ host, outcome, live }) => [host, outcome, live?.release]),
    [
      ["h1", "undone", oldRelease.id],
      ["prod-02", "undone", oldRelease.id],
    ],
  );
  assert.equal(end.hosts[1]?.failures[0]?.said, ["nope"]);
});

test("a run that left something to mend does not say what is live there", () => {
  const end = endOf(
    lines((json) => {
      json.conclude(anOutcome([aHost("h1", { end: "mend" })], { exitCode: 3 }), advice);
      json.finish(3, []);
    }),
  );
  assert.equal([end.outcome, end.hosts[0]?.live], ["mend", null]);
  assert.equal(end.next, ["bgdeploy plan production", "bgdeploy run production"]);
});

test("a run that was refused says what is live on the hosts that were read", () => {
  const target = aTarget({ live: "blue" });
  const end = endOf(
    lines((json) => {
      json.on({ at: 0, type: "read", host: "h1", state: target.state, facts: target.facts, problems: [] });
      json.finish(4, ["h1: locked by ada. To wait for it: --lock-wait 5m"], ["bgdeploy run production --lock-wait 5m"]);
    }),
  );
  const live = { release: oldRelease.id, variant: "blue" };
  assert.equal(end.hosts, [
    { host: "h1", outcome: "untouched", live, from: live, to: null, seconds: 0, bytes: 0, failures: [] },
  ]);
  assert.equal([end.outcome, end.next], ["locked", ["bgdeploy run production --lock-wait 5m"]]);
});

test("a problem's command is one to type next", () => {
  const end = endOf(
    lines((json) => json.finish(2, ["rsync is not installed. Install it: sudo apt-get install rsync"])),
  );
  assert.equal(end.next, ["sudo apt-get install rsync"]);
});

test("what will be done: the hosts, and the phases with their tasks", () => {
  const targets = [aTarget({ live: "blue" }), aTarget({ host: "h2" })];
  const all = lines((json) => json.on({ at: 0, type: "planned", plan: makePlan(newRelease, deploy(), targets) }));
  const [plan] = of(all, "plan");
  assert.equal(
    plan?.hosts.map(({ host, from, to }) => [host, from?.variant, to.variant]),
    [
      ["h1", "blue", "green"],
      ["h2", undefined, "blue"],
    ],
  );
  assert.ok(plan?.phases.some(({ tasks }) => tasks.includes("nginx:switch")));
});

test.run();
