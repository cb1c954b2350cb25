import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bgdeploy } from "../support/bgdeploy.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";

// What systemd cannot carry; no lab is needed, since no host is asked.
const test = suite("refused values");
let project: Project;
test.before(async () => {
  project = await aProject({
    lab: { sshConfig: "ssh_config" },
    hosts: ["h1"],
    files: { ssh_config: "Host h1\n  HostName 127.0.0.1\n" },
  });
  await mkdir(join(project.directory, "bin"));
  for (const name of ["ssh", "rsync"]) {
    await writeFile(
      join(project.directory, "bin", name),
      `#!/bin/sh\ntouch ${project.directory}/was-started\nexit 255\n`,
    );
    await chmod(join(project.directory, "bin", name), 0o755);
  }
});
test.after(() => project.remove());

/** A deploy is refused with this on stderr; neither ssh nor rsync was started. */
async function refuses(
  settings: string,
  env: Readonly<Record<string, string>>,
  flags: readonly string[],
): Promise<string> {
  await project.write({ hosts: ["h1"], settings });
  const path = `${project.directory}/bin:${process.env["PATH"] ?? ""}`;
  const words = ["run", "production", "--version", "v1", ...flags];
  const { code, stdout, stderr } = await bgdeploy(words, { cwd: project.directory, env: { ...env, PATH: path } });
  assert.equal([code, stdout, existsSync(join(project.directory, "was-started"))], [2, "", false], stderr);
  return stderr;
}

const bad: Readonly<Record<string, readonly [value: string, why: string]>> = {
  "a NUL": ["needle\0rest", "holds a NUL character, which no environment can carry"],
  "half a surrogate pair": ["needle\uD800", "holds half of a surrogate pair, which UTF-8 cannot carry"],
  "a noncharacter": ["needle\uFFFE", "holds a Unicode noncharacter, which systemd refuses and then logs"],
  "a noncharacter of another plane": [
    "needle\u{1FFFF}",
    "holds a Unicode noncharacter, which systemd refuses and then logs",
  ],
  "more than 127 KiB": ["needle".repeat(21_700), "is 130200 bytes long; systemd carries at most 130048"],
};

for (const [name, [value, why]] of Object.entries(bad)) {
  test(`${name} in env: exit 2, nothing is started, and the value is not repeated`, async () => {
    const said = await refuses(`env: { BAD: ${JSON.stringify(value)} },`, {}, []);
    assert.match(said, `env.BAD: ${why}`);
    assert.not.match(said, "needle");
  });
}

for (const name of ["a noncharacter", "more than 127 KiB"]) {
  const [value = "", why = ""] = bad[name] ?? [];
  test(`${name} in a secret, and in -e: the same`, async () => {
    const asSecret = await refuses(`secrets: ["BAD"],`, { BAD: value }, []);
    assert.match(asSecret, `BAD ${why}`);
    const asFlag = await refuses("", {}, ["-e", `BAD=${value}`]);
    assert.match(asFlag, `-e BAD: ${why}`);
    assert.not.match(asSecret + asFlag, "needle");
  });
}

test("1.5 MB in all: the same", async () => {
  const settings = `env: Object.fromEntries(Array.from({ length: 13 }, (_, index) => ["V" + index, "needle".repeat(21_000)])),`;
  const said = await refuses(settings, {}, []);
  assert.match(said, /env: is \d+ bytes in all; a process starts with at most 1572864/);
  assert.not.match(said, "needle");
});

test("a secret that is not set: its name is said", async () => {
  assert.match(
    await refuses(`secrets: ["ABSENT"],`, {}, []),
    "not set in this environment, or empty: ABSENT. Export it and run again",
  );
});

test.run();
