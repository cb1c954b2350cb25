import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BoardHost, HostState } from "../../lib/run/board.ts";
import { hostLines, phaseLine } from "../../lib/run/board.ts";

const running = (said = "", since = 0): HostState => ({ kind: "running", step: "send the release", said, since });
const host = (name: string, state: HostState): BoardHost => ({ name, state });
const room = { lines: 20, columns: 60, now: 0 };

const states: readonly (readonly [string, HostState, string])[] = [
  ["waits", { kind: "waiting" }, "h1"],
  ["runs", running(), "h1      send the release"],
  ["says how far it is", running("42 %, 12.3 MB"), "h1      send the release  42 %, 12.3 MB"],
  ["takes long", running("42 %", -65_000), "h1      send the release  42 %  1 min 5 s"],
  ["says too much", running("x".repeat(80), -4000), `h1      send the release  ${"x".repeat(28)}…  4 s`],
  ["says what would steer the terminal", running("a\u001B[2Jb\nc"), "h1      send the release  ab c"],
  ["is done", { kind: "done", seconds: 1.23 }, "h1      1.2 s"],
  ["failed", { kind: "failed", step: "check the health" }, "h1      failed: check the health"],
  ["stopped", { kind: "stopped" }, "h1      stopped"],
];
for (const [what, state, line] of states) {
  test(`a host that ${what}`, () => {
    assert.is(hostLines([host("h1", state), host("web-02", running())], room)[0], line);
    assert.ok(line.length <= room.columns);
  });
}

test("where there is no room for all: first those that failed, then those that run, and none that is done or waits", () => {
  const hosts = [
    ...Array.from({ length: 10 }, (_, index) => host(`done-${index}`, { kind: "done", seconds: 1 })),
    ...Array.from({ length: 10 }, (_, index) => host(`runs-${index}`, running())),
    host("bad", { kind: "failed", step: "check" }),
    host("waits", { kind: "waiting" }),
  ];
  const drawn = hostLines(hosts, { ...room, lines: 3 });
  assert.is(drawn.length, hosts.length);
  assert.equal(
    drawn.filter((line) => line !== "").map((line) => line.split(" ")[0]),
    ["runs-0", "runs-1", "bad"],
  );
});

test("a phase: how many hosts are done stands at its end, however narrow it is", () => {
  const hosts = [host("h1", { kind: "done", seconds: 1 }), host("h2", running())];
  assert.is(phaseLine("send the release, link it", hosts, 60), "send the release, link it  1 of 2 hosts");
  assert.is(phaseLine("send the release, link it", hosts, 30), "send the releas…  1 of 2 hosts");
  assert.is(phaseLine("migrate", hosts.slice(1), 30), "migrate");
});

test.run();
