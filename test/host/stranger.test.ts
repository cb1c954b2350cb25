import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rawLine, sh } from "../../lib/model/shell.ts";
import { shell } from "../../lib/model/command.ts";
import { strangerSource } from "../../host/stranger.ts";
import { hexOf } from "../../lib/model/stranger.ts";
import type { Stubs } from "../recipes/support/bash.ts";
import { makeStubs, runInBash } from "../recipes/support/bash.ts";

const test = suite<{ stubs: Stubs }>("strangers");
test.before.each((context) => {
  context.stubs = makeStubs({
    systemctl: "echo ControlGroup=/no/such/group; echo UID=998; echo User=no-such-user",
    id: 'case "$*" in "-nu -- 65534") echo nobody ;; *) exit 1 ;; esac',
  });
});
test.after.each(({ stubs }) => stubs.remove());

const mapped = "0000000000000000FFFF00000100007F";
const any6 = "00000000000000000000000000000000";

/** A row of /proc/net/tcp of one who listens. */
function row(address: string, uid: number, port = 8002): string {
  const peer = address.length > 8 ? any6 : "00000000";
  return `   0: ${address}:${hexOf(port)} ${peer}:0000 0A 00000000:00000000 00:00000000 00000000 ${uid}        0 12345 1\n`;
}

/** Who the stranger on port 8002 is, where there is one; the unit runs as 998, which was noted before or must be asked. */
async function stranger(stubs: Stubs, rows: readonly string[], noted = "998"): Promise<string> {
  const look = sh`bg_stranger ${hexOf(8002)} shop@green.service ${noted} < <(printf %s ${rows.join("")}) && echo "$bg_who" || echo none`;
  const ran = await runInBash([shell("look", sh`${rawLine(strangerSource)}\n${look}`)], stubs);
  return ran.output.trimEnd();
}

const loopback = "0100007F";

for (const [what, rows, who] of [
  ["nobody listens", [], "none"],
  ["the user of the unit is none", [row(loopback, 998)], "none"],
  ["root is none", [row(loopback, 0)], "none"],
  ["another user is one", [row(loopback, 65_534)], "nobody (uid 65534)"],
  ["one without a name is told by the number", [row(loopback, 4444)], "uid 4444"],
  ["one who takes all addresses is one", [row("00000000", 65_534)], "nobody (uid 65534)"],
  ["one who takes all addresses of IPv6, and so those of IPv4, is one", [row(any6, 65_534)], "nobody (uid 65534)"],
  ["one who takes it as an address of IPv6 is one", [row(mapped, 65_534)], "nobody (uid 65534)"],
  ["one on another address is none", [row("0200007F", 65_534), row("0A00000A", 65_534)], "none"],
  ["one on another port is none", [row(loopback, 65_534, 8003)], "none"],
  [
    "one on that very address takes it from an app that listens on all of IPv6",
    [row(any6, 998), row(loopback, 65_534)],
    "nobody (uid 65534)",
  ],
  [
    "one on all of IPv6 takes nothing from an app on that very address",
    [row(loopback, 998), row(any6, 65_534)],
    "none",
  ],
] as const) {
  test(`${what}, whoever was noted`, async ({ stubs }) => {
    assert.is(await stranger(stubs, rows), who);
    assert.is(await stranger(stubs, rows, ""), who);
    assert.is(await stranger(stubs, rows, "[not set]"), who);
  });
}

test("the user that the unit's file names is none, also while systemd does not run it", async ({ stubs }) => {
  stubs.set("systemctl", 'echo "ControlGroup="; echo "UID=[not set]"; echo User=shop');
  stubs.set("id", 'case "$*" in "-u -- shop") echo 998 ;; "-nu -- 65534") echo nobody ;; *) exit 1 ;; esac');
  assert.is(await stranger(stubs, [row(loopback, 998)], ""), "none");
  assert.is(await stranger(stubs, [row(loopback, 65_534)], ""), "nobody (uid 65534)");
});

test.run();
