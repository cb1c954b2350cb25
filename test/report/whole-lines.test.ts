import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Event } from "../../lib/run/event.ts";
import { wholeLines } from "../../lib/report/whole-lines.ts";

function output(text: string, host = "h1"): Event {
  return { at: 0, type: "output", host, task: "hooks:pre", text };
}

function pass(events: readonly Event[]): readonly string[] {
  const passed: string[] = [];
  const lines = wholeLines((event) =>
    passed.push(event.type === "output" ? `${event.host} ${event.text}` : event.type),
  );
  for (const event of events) lines.on(event);
  lines.end();
  return passed;
}

test("lines that arrive in pieces go out whole, each host's apart", () => {
  const events = [output("one\ntw"), output("other\n", "h2"), output("o\nthree"), output(" and\n")];
  assert.equal(pass(events), ["h1 one\n", "h2 other\n", "h1 two\n", "h1 three and\n"]);
});

test("a line without an end goes out before its task's next event, or at the end", () => {
  const ended: Event = { at: 0, type: "step-ended", host: "h1", task: "hooks:pre", undo: false, seconds: 1 };
  assert.equal(pass([output("a"), output("b", "h2"), ended]), ["h1 a", "step-ended", "h2 b"]);
});

test("an endless line goes out in parts", () => {
  const part = "x".repeat(40_000);
  assert.equal(pass([output(part), output(part), output("y\n")]), [`h1 ${part}${part}`, "h1 y\n"]);
});

test.run();
