import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { installPackages } from "../lab/requirements.ts";
import { labSuite } from "../lab/suite.ts";
import { helperText } from "../../recipes/index.ts";
import { program } from "../support/bgdeploy.ts";

const test = labSuite("helper");
let directory: string;
let file: string;
test.before(async () => {
  await installPackages((line) => void process.stderr.write(`${line}\n`));
  directory = mkdtempSync(join(tmpdir(), "bgdeploy-helper-"));
  file = join(directory, "bgdeploy-test-app");
  writeFileSync(file, helperText({ name: "bgdeploy-test-app" }));
  chmodSync(file, 0o755);
});
test.after(() => rmSync(directory, { recursive: true, force: true }));

test("shellcheck finds nothing in what setup installs", async () => {
  assert.equal(await program(["shellcheck", file], { cwd: directory }), {
    code: 0,
    stdout: "",
    stderr: "",
  });
});

test("it is read in five minutes", () => {
  assert.ok(helperText({ name: "shop" }).split("\n").length <= 120);
});

test("the app's name is all that differs from host to host", () => {
  assert.is(helperText({ name: "a" }), helperText({ name: "bb" }).replace("\napp=bb\n", "\napp=a\n"));
});

test("what it does not know it refuses by one line and exit code 64", async () => {
  for (const words of [[], ["--help"], ["start"], ["start", "blue", "x"], ["route", "0"], ["check", ""]]) {
    const { code, stdout, stderr } = await program([file, ...words], { cwd: directory });
    assert.equal([code, stdout, stderr.split("\n").length], [64, "", 2], words.join(" "));
    assert.match(stderr, "protocol 1 takes: start|stop|");
  }
});

test("where setup has not been there, it writes nothing", async () => {
  assert.is((await program([file, "route", "8001"], { cwd: directory })).code, 1);
});

test.run();
