import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { said } from "../support/hosts.ts";
import { addLate } from "./failures.ts";
import { type Ground, aGround, deployAndRollBack, groups } from "./ground.ts";

const test = labSuite("load on sockets, instantly");
let ground: Ground;
test.before(async () => {
  ground = await aGround("instant", "sockets-instant", "socket");
});
test.after(() => ground.end());

// The app dies at once when it is told to stop: only a drain that counts the connections of a socket can save a request.
for (const loads of groups()) {
  test(`a deploy and a rollback lose nothing: ${loads.map(({ name }) => name).join("; ")}`, async () => {
    await deployAndRollBack(ground, loads);
    assert.is(await said(ground.scene.lab, "h1", "ss -Hltn 'sport = :8001 or sport = :8002'"), "");
  });
}

addLate(test, () => ground);

test.run();
