import { labSuite } from "../lab/suite.ts";
import { addFailures, addLate } from "./failures.ts";
import { type Ground, aGround, deployAndRollBack, groups } from "./ground.ts";

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

addLate(test, () => ground);
addFailures(test, () => ground, "reload");

test.run();
