import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { lean } from "../../host/lean.ts";
import { installPackages } from "../lab/requirements.ts";
import { labSuite } from "../lab/suite.ts";
import { program } from "../support/bgdeploy.ts";

const test = labSuite("scripts of hosts");
const directory = join(import.meta.dirname, "../../host");
const names = readdirSync(directory).filter((name) => name.endsWith(".sh"));
test.before(() => installPackages((line) => void process.stderr.write(`${line}\n`)));

test("shellcheck finds nothing in them", async () => {
  assert.ok(names.length > 5);
  assert.equal(await program(["shellcheck", ...names], { cwd: directory }), { code: 0, stdout: "", stderr: "" });
});

test("they lose nothing but comments and layout on their way", async () => {
  for (const name of names) {
    const text = readFileSync(join(directory, name), "utf8");
    const [whole, travelled] = await Promise.all([text, lean(text)].map((script) => formatted(script)));
    assert.is(travelled, whole, name);
  }
});

/** As bash prints the functions of a script, one of its own around what stands outside of them. */
async function formatted(script: string): Promise<string> {
  const { code, stdout, stderr } = await program(
    ["bash", "-c", `eval "bg_all() {\n$1\n}"; declare -f`, "bash", script],
    {
      cwd: directory,
    },
  );
  assert.equal([code, stderr], [0, ""]);
  return stdout;
}

test("no two of them define the same function", () => {
  const all = names.flatMap((name) =>
    [...readFileSync(join(directory, name), "utf8").matchAll(/^ *(bg_\w+)\(\)/gm)].map(([, each = ""]) => each),
  );
  // One of two for each kind of bash.
  assert.equal(
    all.filter((each, index) => all.indexOf(each) !== index),
    ["bg_nap"],
  );
});

test.run();
