import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";

const world = new URL("../../lib/cli/world.ts", import.meta.url).href;

test("an output that nobody reads any more does not end the program", async () => {
  const program = `
    import { setTimeout as wait } from "node:timers/promises";
    import { realWorld } from ${JSON.stringify(world)};
    const { stdout, setExitCode } = realWorld();
    setExitCode(7);
    for (let times = 0; times < 5; times += 1) { stdout.write("a line\\n"); await wait(20); }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.destroy();
  assert.equal(await once(child, "exit"), [7, null]);
});

test.run();
