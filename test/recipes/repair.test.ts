import { test } from "uvu";
import * as assert from "uvu/assert";
import { describe } from "../../lib/plan/describe.ts";
import type { Leftovers } from "../../recipes/index.ts";
import { repair } from "../../recipes/index.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, aUnit } from "../support/target.ts";

const none: Leftovers = { partials: [], open: [], failed: [] };

/** What is run on a host, without the scripts that wait. */
function commands(options: TargetOptions, leftovers: Partial<Leftovers> = {}): readonly string[] {
  const target = aTarget(options);
  return repair(() => ({ ...none, ...leftovers }))
    .flatMap((task) => task.commands(target))
    .map((command) => (command.kind === "shell" ? command.title : describe(command, target)));
}

test("a host that is well has nothing to do, nor one that was never deployed to", () => {
  assert.equal(commands({ live: "blue" }), []);
  assert.equal(commands({}), []);
});

test("the variant without traffic is stopped only after nginx is proven to have its file", () => {
  assert.equal(commands({ live: "blue", facts: { units: { green: { ...aUnit("active"), enabled: false } } } }), [
    "note the nginx workers",
    "sudo nginx -t",
    "sudo systemctl reload nginx",
    "wait until nginx has taken the change",
    "wait for the old connections",
    "sudo systemctl stop shop@green.service",
  ]);
});

test("a variant that was kept warm goes on running", () => {
  assert.equal(
    commands({
      live: "blue",
      facts: { files: { warm: "green" }, units: { green: { ...aUnit("active"), enabled: false } } },
    }),
    [],
  );
});

test("after a reboot the live variant starts, and only that", () => {
  const units = { blue: { ...aUnit("active"), enabled: false }, green: { ...aUnit("inactive"), enabled: true } };
  assert.equal(commands({ live: "blue", facts: { units } }), [
    "sudo systemctl --no-reload enable shop@blue.service",
    "sudo systemctl --no-reload disable shop@green.service",
    "have systemd know what starts at boot",
  ]);
});

test("what lies about is removed, closed and reset", () => {
  const leftovers: Leftovers = {
    partials: ["/opt/shop/versions/.a.partial"],
    open: [{ path: "/opt/shop/environment-blue", mode: "600" }],
    failed: ["green"],
  };
  assert.equal(commands({ live: "blue" }, leftovers), [
    "sudo systemctl reset-failed shop@green.service",
    "remove what was sent in part",
    "close /opt/shop/environment-blue",
  ]);
});

test("the live variant is neither started nor stopped, whatever has become of it", () => {
  const down = { units: { blue: { ...aUnit("failed"), enabled: true } } };
  assert.equal(commands({ live: "blue", facts: down }, { failed: ["blue"] }), []);
});

test("where it cannot be told what is live no unit is touched", () => {
  const unclear = { files: { backend: "server 127.0.0.1:9000;\n" }, units: { green: aUnit("active") } };
  assert.equal(commands({ live: "blue", facts: unclear }, { failed: ["green"] }), []);
});

test.run();
