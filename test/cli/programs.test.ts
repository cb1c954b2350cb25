import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { installLine } from "../../lib/cli/programs.ts";
import { bgdeploy } from "../support/bgdeploy.ts";

const test = suite<{ directory: string }>("programs of this machine");

test.before.each(async (context) => {
  context.directory = mkdtempSync(join(tmpdir(), "programs-"));
  await mkdir(join(context.directory, "dist/bin"), { recursive: true });
  await writeFile(join(context.directory, "dist/bin/shop"), "#!/bin/sh\n", { mode: 0o755 });
  const config = `export default { app: "shop", version: "v1", stages: { production: { hosts: ["h1.invalid"] } } };`;
  await writeFile(join(context.directory, "deploy.config.mjs"), config);
});
test.after.each(({ directory }) => rmSync(directory, { recursive: true }));

const lib = join(import.meta.dirname, "../../lib");

test("bgdeploy calls no other programs than docs/client.md lists", () => {
  const files = readdirSync(lib, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const starts =
    /\b(?:spawn|spawnSync|execFile|promisify\(execFile\)|run|call|said|versionOf|exitCode)\(\s*(?:isMac \? )?"([a-z][\w-]*)"(?: : "([a-z-]+)")?/g;
  const called = files.flatMap((file) =>
    [...readFileSync(join(lib, file), "utf8").matchAll(starts)].flatMap(([, first = "", second]) => [
      first,
      ...(second === undefined ? [] : [second]),
    ]),
  );
  const page = readFileSync(join(lib, "../docs/client.md"), "utf8");
  const listed = [...page.matchAll(/^\| (.*?) +\|/gm)].flatMap(([, cell = ""]) => [...cell.matchAll(/`([\w-]+)`/g)]);
  const names = new Set(listed.map(([, name = ""]) => name));
  assert.equal(
    [...new Set(called)].filter((name) => !names.has(name)),
    [],
  );
  assert.ok(new Set(called).size >= 8, "the pattern finds the calls");
});

const rsyncs = {
  "openrsync: protocol version 29\nrsync version 2.6.9 compatible":
    "$RSYNC is openrsync, the version that comes with macOS, which lacks options that bgdeploy needs",
  "rsync  version 2.6.9  protocol version 29":
    "$RSYNC is version 2.6.9: bgdeploy needs 3.1 or newer (--info=progress2)",
};

for (const [says, problem] of Object.entries(rsyncs)) {
  test(`an rsync that says "${says.split("\n")[0]}" is refused before any connection`, async ({ directory }) => {
    const rsync = join(directory, "rsync");
    await writeFile(rsync, `#!/bin/sh\n[ "$1" = --version ] && { echo "${says}"; exit 0; }\nexit 1\n`);
    await chmod(rsync, 0o755);
    // An ssh that is called would say so.
    await writeFile(join(directory, "ssh"), "#!/bin/sh\ntouch called\n", { mode: 0o755 });
    const env = { PATH: `${directory}:${process.env["PATH"]}` };
    for (const words of [["run"], ["plan"]]) {
      // oxlint-disable-next-line no-await-in-loop
      assert.equal(await bgdeploy([...words, "production"], { cwd: directory, env }), {
        code: 2,
        stdout: "",
        stderr: `bgdeploy: ${problem.replace("$RSYNC", rsync)}. Install the usual one: sudo apt-get install rsync\n`,
      });
    }
    assert.not(readdirSync(directory).includes("called"));
  });
}

test("what installs a program is that of the machine", async ({ directory }) => {
  const on = (platform: string, PATH: string): readonly string[] =>
    (["ssh", "rsync"] as const).map((program) => installLine(program, { platform, env: { PATH } }));
  assert.equal(on("darwin", "/nowhere"), ["brew install openssh", "brew install rsync"]);
  await writeFile(join(directory, "dnf"), "", { mode: 0o755 });
  assert.equal(on("linux", directory), ["sudo dnf install openssh-clients", "sudo dnf install rsync"]);
  assert.equal(on("linux", "/nowhere"), ["sudo apt-get install openssh-client", "sudo apt-get install rsync"]);
});

test.run();
