import { spawn, spawnSync } from "node:child_process";
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

/** What a program that has opened the world prints, with these variables. */
function printed(
  program: string,
  env: Readonly<Record<string, string>> = {},
): { code: number | null; stdout: string; stderr: string } {
  const start = `import { realWorld } from ${JSON.stringify(world)}; const world = realWorld(); const evil = "\\u001B]0;title\\u0007\\u001B[2Jevil";`;
  const words = ["--input-type=module", "-e", `${start}${program}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...env },
  });
  return { code: status, stdout, stderr };
}

test("what others write past us, in texts or in bytes, is as harmless as our own words", () => {
  const said = printed(`console.log(evil); console.error(evil); world.stdout.write(evil + "\\n");
    process.stdout.write(Buffer.from("ä" + evil + "\\n").toString("hex"), "hex"); for (const byte of Buffer.from("ü" + evil + "\\n")) process.stdout.write(Uint8Array.of(byte));`);
  // Of a sequence that comes by the byte only its begin is taken out: it is then plain text.
  assert.equal(said, { code: 0, stdout: "evil\nevil\näevil\nü]0;title[2Jevil\n", stderr: "evil\n" });
});

test("a callback of a write is called, and colours stay where they are wanted", () => {
  const said = printed(
    `process.stdout.write("\\u001B[1;31mred\\u001B[0m\\n", () => process.stdout.write("written\\n", "utf8", () => console.log("twice")));`,
  );
  assert.is(said.stdout, "\u001B[1;31mred\u001B[0m\nwritten\ntwice\n");
});

test("an error that nobody caught is told without its sequences, and the exit code is 1", () => {
  const { code, stderr } = printed(`setTimeout(() => console.log("goes on"), 1000); Promise.reject(new Error(evil));`);
  assert.is(code, 1);
  assert.match(stderr, /^Error: evil\n {4}at /);
});

test("what was hidden is masked, whoever writes it", () => {
  const secret = new URL("../../lib/model/secret.ts", import.meta.url).href;
  const said =
    printed(`const { Secret } = await import(${JSON.stringify(secret)}); world.hide([new Secret("hush-hush")]);
    console.log("a hush-hush"); world.stderr.write("b hush-hush\\n"); world.stdout.write(world.mask("c hush-hush\\n"));`);
  assert.equal(said, { code: 0, stdout: "a [secret]\nc [secret]\n", stderr: "b [secret]\n" });
});

test("a line of JSON has its bytes; in a CI what would be a command is escaped, and reads the same", () => {
  const line = JSON.stringify({ text: "a\u009Bb\u202Ec ##[error]d ::e::" });
  const program = `world.stdout.json(${JSON.stringify(`${line}\n`)}); world.stdout.write("::f::\\n");`;
  assert.is(printed(program).stdout, `${line}\n::f::\n`);
  const { stdout } = printed(program, { TF_BUILD: "True" });
  assert.is(stdout, `${line.replace("##", String.raw`#\u0023`)}\n: :f::\n`);
  assert.equal(JSON.parse(stdout.split("\n")[0] ?? ""), JSON.parse(line));
});

test.run();
