import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Fleet } from "../../lib/cli/fleet.ts";
import { hearInterrupts } from "../../lib/cli/interrupt.ts";
import type { World } from "../../lib/cli/world.ts";

/** Was any host spoken to when a signal came? */
function speaksToHosts(holds: boolean): boolean {
  let spoke = false;
  const fleet = {
    get places() {
      spoke = true;
      return [];
    },
    hasten() {},
  };
  let send: (signal: string) => void = () => {};
  const world = { onSignal: (heard: typeof send) => ((send = heard), () => {}), stderr: { write() {} }, now: () => 0 };
  const { signal } = hearInterrupts(world as unknown as World, fleet as unknown as Fleet, {
    holds: () => (holds ? "a-run" : undefined),
    moment: () => "running",
    going: { rolling: false, alone: false },
    emit: () => {},
    say: () => {},
  });
  send("SIGINT");
  assert.ok(signal.aborted);
  return spoke;
}

test("an interrupt ends the waits on the hosts that we hold", () => assert.ok(speaksToHosts(true)));

test("an interrupt while another run holds the hosts leaves that run's waits alone", () =>
  assert.not.ok(speaksToHosts(false)));

test("SIGTERM after SIGINT, as a CI sends it before it kills, lets the undoing go on; what comes then stops now", () => {
  let exits = 0;
  let send: (signal: string) => void = () => {};
  const said: string[] = [];
  const world = {
    onSignal: (heard: typeof send) => ((send = heard), () => {}),
    stderr: { write() {} },
    now: () => 0,
    exitNow: () => (exits += 1),
  };
  const fleet = { places: [], hasten() {}, kill() {} };
  hearInterrupts(world as unknown as World, fleet as unknown as Fleet, {
    holds: () => undefined,
    moment: () => "running",
    going: { rolling: false, alone: false },
    emit: () => {},
    cut: () => said.push("cut"),
    say: (text) => said.push(text.slice(0, text.indexOf(":"))),
  });
  send("SIGINT");
  send("SIGTERM");
  assert.equal([exits, said], [0, ["cut", "SIGINT", "SIGTERM"]]);
  send("SIGTERM");
  assert.is(exits, 1);
});

test("the same signal again at once is no second word, later it is", () => {
  let [now, exits] = [1000, 0];
  let send: (signal: string) => void = () => {};
  const world = {
    onSignal: (heard: typeof send) => ((send = heard), () => {}),
    stderr: { write() {} },
    now: () => now,
    exitNow: () => (exits += 1),
  };
  const fleet = { places: [], hasten() {}, kill() {} };
  hearInterrupts(world as unknown as World, fleet as unknown as Fleet, {
    holds: () => undefined,
    moment: () => "running",
    going: { rolling: false, alone: false },
    emit: () => {},
    say: () => {},
  });
  send("SIGINT");
  now += 5;
  send("SIGINT");
  assert.is(exits, 0);
  now += 200;
  send("SIGINT");
  assert.is(exits, 1);
});

test.run();
