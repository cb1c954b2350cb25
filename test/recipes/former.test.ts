import { test } from "uvu";
import * as assert from "uvu/assert";
import { former } from "../../recipes/former.ts";
import { nginx } from "../../recipes/index.ts";
import { aTarget, oldRelease } from "../support/target.ts";
import { undoOf } from "./support/lines.ts";

const crashed = { current: "2025_05_02T00_00_00-v1.05", blue: "2025_05_02T00_00_00-v1.05" };

test("an undo goes back to what was found", () => {
  const backend = "server 127.0.0.1:8001;\n";
  const found = { backend, current: oldRelease.id, variant: "blue", liveGreen: false };
  assert.equal(former(aTarget({ live: "blue" })), found);
});

test("where the file named the slot that is down, an undo goes back to the one that runs", () => {
  const files = { backend: "server 127.0.0.1:8001;\n" };
  const target = aTarget({ live: "green", facts: { files, environmentPorts: { blue: 8001 }, links: crashed } });
  const backend = "server 127.0.0.1:8002;\n";
  assert.equal(former(target), { backend, current: oldRelease.id, variant: "green", liveGreen: true });
  assert.ok(undoOf(nginx.switch()[0], target).includes(`write /opt/shop/backend.conf (0644, ${backend.length} bytes)`));
});

test("a record that was behind the traffic is not put back", () => {
  const target = aTarget({
    live: "blue",
    facts: { files: { variant: "green" }, links: { current: "2025_05_02T00_00_00-v1" } },
  });
  const { variant, current } = former(target);
  assert.equal([variant, current], ["blue", oldRelease.id]);
});

test.run();
