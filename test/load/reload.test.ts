import { setTimeout as wait } from "node:timers/promises";
import { labSuite } from "../lab/suite.ts";
import { succeeded } from "../support/e2e.ts";
import { addFailures, addLate } from "./failures.ts";
import { type Ground, aGround, deployAndRollBack, groups, lostNothing } from "./ground.ts";
import { uploadOf } from "./loads.ts";

const test = labSuite("load, switched by reload");
let ground: Ground;
test.before(async () => {
  ground = await aGround("reload", "reload");
});
test.after(() => ground.end());

for (const loads of groups()) {
  test(`a deploy and a rollback lose nothing: ${loads.map(({ name }) => name).join("; ")}`, async () => {
    await deployAndRollBack(ground, loads);
  });
}

test("an upload outlives another's reload of nginx and then a deploy", async () => {
  await ground.configure();
  succeeded(await ground.deploy());
  const { tallies } = await ground.under([{ ...uploadOf(14_000), warmUp: 500 }], 1, async () => {
    // As certbot does, or the deploy of another app: the upload's worker is shutting down when the deploy comes.
    await ground.scene.lab.exec("h1", "systemctl reload nginx");
    await wait(1000);
    succeeded(await ground.deploy());
  });
  for (const tally of tallies) lostNothing("reload", tally);
});

addLate(test, () => ground);
addFailures(test, () => ground, "reload");

test.run();
