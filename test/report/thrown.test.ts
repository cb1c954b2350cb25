import { test } from "uvu";
import * as assert from "uvu/assert";
import { readThrown } from "../../lib/report/thrown.ts";

function anError(message: string, frames: readonly string[], cause?: unknown): Error {
  const error = new Error(message, cause === undefined ? {} : { cause });
  error.stack = [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join("\n");
  return error;
}
const library = "Pool.query (/srv/shop/node_modules/pg-pool/index.js:45:11)";
const internal = "process.processTicksAndRejections (node:internal/process/task_queues:104:5)";
const own = "async Object.run (file:///srv/my%20shop/deploy.config.ts:12:7)";

test("the user's own line, and no frame of a library, of Node or of ours", () => {
  const ours = `perform (${new URL("../../lib/remote/door.ts", import.meta.url).href}:1:1)`;
  assert.equal(readThrown(anError("no such table", [library, internal, ours, own])), {
    sentence: "no such table",
    more: ["at /srv/my shop/deploy.config.ts:12"],
  });
});

test("an error that hides its reason: that of its cause, of the cause of that, and of each address that was tried", () => {
  const refused = anError("connect ECONNREFUSED 10.0.0.5:5432", [internal]);
  const tried = new AggregateError([refused, anError("connect ETIMEDOUT 10.0.0.6:5432", [internal])], "");
  const failed = Object.assign(anError("fetch failed", [internal, own], anError("all failed", [], tried)), {
    name: "TypeError",
  });
  assert.equal(readThrown(failed), {
    sentence: "TypeError: fetch failed",
    more: [
      "cause: all failed",
      "cause: connect ECONNREFUSED 10.0.0.5:5432",
      "cause: connect ETIMEDOUT 10.0.0.6:5432",
      "at /srv/my shop/deploy.config.ts:12",
    ],
  });
});

test("where only the cause was in the user's code, its line is shown", () => {
  assert.equal(readThrown(anError("migration failed", [library], anError("no column", [own]))).more, [
    "cause: no column",
    "at /srv/my shop/deploy.config.ts:12",
  ]);
});

test("a cause that goes round in a circle has an end", () => {
  const error = anError("round", []);
  error.cause = anError("and round", [], error);
  assert.equal(readThrown(error), { sentence: "round", more: ["cause: and round"] });
});

test("a command of zx: what it said and its status; where it said all on stdout, the end of that", () => {
  const place = "\n    at file:///srv/shop/deploy.config.ts:3:9\n    exit code: 7";
  assert.equal(readThrown(anError(`no database${place}`, [])).more.slice(0, 1), ["exit code: 7"]);
  assert.is(readThrown(anError(`no database${place}`, [])).sentence, "no database");
  assert.equal(readThrown(anError(`${place}\n    details: \nmigrating\nno database`, [])), {
    sentence: "a command failed (exit code: 7)",
    more: ["migrating", "no database", "at /srv/shop/deploy.config.ts:3"],
  });
});

test.run();
