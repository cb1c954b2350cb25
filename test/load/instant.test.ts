import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { succeeded } from "../support/e2e.ts";
import { addFailures, addLate } from "./failures.ts";
import { type Ground, aGround, deployAndRollBack, groups, lostNothing } from "./ground.ts";
import { loads } from "./loads.ts";

const test = labSuite("load, switched instantly");
let ground: Ground;
test.before(async () => {
  ground = await aGround("instant", "instant");
});
test.after(() => ground.end());

for (const each of groups()) {
  test(`a deploy and a rollback lose nothing: ${each.map(({ name }) => name).join("; ")}`, async () => {
    await deployAndRollBack(ground, each);
  });
}

test("with an early signal the app ends its WebSockets by itself, and none is waited for", async () => {
  const settings = { graceful: true, early: true, drain: "60s" };
  await ground.configure(settings);
  // The old variant stops by its own release's unit, which shall not kill at once.
  succeeded(await ground.deploy());
  const { tallies, done } = await ground.under([loads.webSockets, loads.uploads], 1, async () => {
    const from = performance.now();
    succeeded(await ground.deploy());
    return (performance.now() - from) / 1000;
  });
  assert.ok(done < 40, `${done} s`);
  for (const tally of tallies) lostNothing("instant", tally);
});

addLate(test, () => ground);
addFailures(test, () => ground, "instant");

test.run();
