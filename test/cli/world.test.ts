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

test("there is room until some megabytes wait; however many wait for it, all go on when it is read, and when nobody will", async () => {
  const program = `
    import { realWorld } from ${JSON.stringify(world)};
    const { stdout, stderr } = realWorld();
    const line = "x".repeat(999_999) + "\\n";
    const fill = () => {
      let lines = 0;
      for (; stdout.room() === undefined && lines < 9; lines += 1) stdout.write(line);
      return lines;
    };
    const said = [fill()];
    await Promise.all(Array.from({ length: 100 }, () => stdout.room()));
    said.push(fill());
    stderr.write("full\\n");
    await stdout.room();
    said.push(fill());
    stderr.write(JSON.stringify(said));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
  let length = 0;
  child.stdout.on("data", (bytes: Uint8Array) => {
    length += bytes.length;
    // The first fill, and a little of the second.
    if (length > 5_000_000) child.stdout.destroy();
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  assert.equal(await once(child, "close"), [0, null], said);
  assert.is(said, "full\n[5,5,9]");
});

test.run();
