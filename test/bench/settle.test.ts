import { test } from "uvu";
import * as assert from "uvu/assert";
import { defaultSettle } from "../../bench/settle.ts";
import { health } from "../../recipes/index.ts";
import { aTarget, anApp } from "../support/target.ts";

test("the default settle that the floor waits, read from the docs, is the one that a deploy waits", async () => {
  const unsaid = { ...anApp().health, settle: undefined };
  const commands = JSON.stringify(health().commands(aTarget({ app: { health: unsaid } })));
  assert.match(commands, `it has not run for ${await defaultSettle()} s`);
});

test.run();
