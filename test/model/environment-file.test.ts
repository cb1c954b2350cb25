import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseEnvironmentFile } from "../../lib/model/environment-file.ts";
import { environmentFile } from "../../lib/model/environment.ts";
import { hardValues, othersLines } from "../support/environment-lines.ts";

const read = (text: string): Readonly<Record<string, string>> => Object.fromEntries(parseEnvironmentFile(text));

test("what bgdeploy writes is read back, whatever it holds", () => {
  assert.equal(read(environmentFile(hardValues).raw), hardValues);
});

test("what others write is read as systemd does", () => {
  assert.equal(read(othersLines.join("\n")), {
    PLAIN: "one two",
    INDENTED: "three",
    SINGLE: 'a "b" \\n $c',
    JOINED: "abc",
    ESCAPED: 'a b"',
    CONTINUED: "ab",
    DOUBLE: "a\\xb",
    INNER: "it's",
    TWICE: "2",
    LAST: "end",
  });
});

test("a file that ends in the middle is read to its end", () => {
  assert.equal(read('A="one\ntwo'), { A: "one\ntwo" });
  assert.equal(read("A=one\\"), { A: "one" });
  assert.equal(read("A"), {});
  assert.equal(read(""), {});
});

test("bash reads the same of what bgdeploy writes", () => {
  const values = { A: `x "y" \\ $HOME \`id\` 'z'`, B: "1\n2" };
  const script = `${environmentFile(values).raw}\nprintf '%s\\0' "$A" "$B"`;
  const { stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  assert.equal(stdout.split("\0").slice(0, 2), Object.values(read(environmentFile(values).raw)));
});

test.run();
