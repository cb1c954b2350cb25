import { test } from "uvu";
import * as assert from "uvu/assert";
import { sudo, write } from "../../lib/model/command.ts";
import { environmentFile } from "../../lib/model/environment.ts";
import { Secret } from "../../lib/model/secret.ts";
import type { Line } from "../../lib/model/shell.ts";
import { rawLine } from "../../lib/model/shell.ts";
import { diffLines, fileChange } from "../../lib/plan/diff.ts";
import { aTarget } from "../support/target.ts";

test("a diff shows what goes and what comes, with two lines around it", () => {
  const before = "1\n2\n3\nold\n5\n6\n7\n";
  assert.equal(diffLines(before, "1\n2\n3\nnew\nmore\n5\n6\n7\n"), [" 2", " 3", "-old", "+new", "+more", " 5", " 6"]);
});

test("between distant changes a diff leaves lines out and says so", () => {
  const before = "a\n1\n2\n3\n4\n5\nz\n";
  assert.equal(diffLines(before, "A\n1\n2\n3\n4\n5\nZ\n"), ["-a", "+A", " 1", " 2", "…", " 4", " 5", "-z", "+Z"]);
});

test("equal files have no diff, also when only the last newline differs", () => {
  assert.equal(diffLines("green", "green\n"), []);
  assert.equal(diffLines("", ""), []);
});

test("a file that is not there yet is new", () => {
  assert.equal(diffLines(undefined, "a\nb\n"), ["(new file)", "+a", "+b"]);
});

test("lines only added or only taken away are found at both ends", () => {
  assert.equal(diffLines("b\n", "a\nb\nc\n"), ["+a", " b", "+c"]);
  assert.equal(diffLines("a\nb\nc\n", "b\n"), ["-a", " b", "-c"]);
});

test("two thousand different lines are compared in a moment", () => {
  const start = Date.now();
  assert.is(diffLines(lines("old"), lines("new")).length, 4000);
  assert.ok(Date.now() - start < 2000);
});

test("a written file is compared with what the probe read", () => {
  const target = aTarget({ live: "blue" });
  const { backend, variant } = target.layout;
  assert.equal(fileChange(write(backend, to(8002)), target), ["-server 127.0.0.1:8001;", "+server 127.0.0.1:8002;"]);
  assert.equal(fileChange(write(backend, to(8001)), target), ["(unchanged)"]);
  assert.equal(fileChange(write(variant, rawLine("green\n")), target), ["-blue", "+green"]);
});

test("a unit written by sudo tee is compared too, and cannot steer the terminal", () => {
  const target = aTarget({ facts: { files: { unit: "[Unit]\n\u001B[2JAfter=a\n" } } });
  const command = sudo(["tee", target.layout.unit], { input: rawLine("[Unit]\nAfter=b\n") });
  assert.equal(fileChange(command, target), [" [Unit]", "-After=a", "+After=b"]);
});

test("of an environment file only the names are said", () => {
  const target = aTarget();
  const env = { HOST: "127.0.0.1", TEXT: 'two\nLINES="x"\n', DATABASE_URL: new Secret("postgres://me:hush@db/shop") };
  const command = write(target.layout.environment("blue"), environmentFile(env), "0600");
  assert.equal(fileChange(command, target), ["sets HOST, TEXT, DATABASE_URL=[secret]"]);
});

test("commands that write no known file change none", () => {
  const target = aTarget();
  assert.equal(fileChange(sudo(["systemctl", "daemon-reload"]), target), []);
  assert.equal(fileChange(write("/opt/shop/.bgdeploy/workers", rawLine("12 13\n")), target), []);
});

function lines(word: string): string {
  return Array.from({ length: 2000 }, (_, index) => `${word} ${index}\n`).join("");
}

function to(port: number): Line {
  return rawLine(`server 127.0.0.1:${port};\n`);
}

test.run();
