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
