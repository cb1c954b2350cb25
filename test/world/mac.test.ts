import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { World } from "./support/world.ts";
import { aWorld } from "./support/world.ts";

const test = labSuite("a client like a Mac");
let world: World;
let place: string;

test.before(async () => {
  world = await aWorld({ hosts: 1, bastion: false, name: "world-mac" });
  place = mkdtempSync(join(tmpdir(), "mac-"));
});

test.after(async () => {
  rmSync(place, { recursive: true });
  await world.close();
});

/** A PATH as a Mac has one: no program of GNU or Linux, options as POSIX and BSD have them, a bash in the place of sh. */
function macPath(): string {
  const bin = join(place, "bin");
  mkdirSync(bin);
  const which = (name: string): string => join("/usr/bin", name);
  for (const name of ["ssh", "ssh-add", "ssh-agent", "ssh-keygen", "rsync", "git"])
    symlinkSync(which(name), join(bin, name));
  symlinkSync(process.execPath, join(bin, "node"));
  const script = (name: string, text: string): void =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  script("sh", `exec /bin/bash --posix "$@"`);
  for (const name of ["cat", "mkfifo", "rm", "stty"])
    script(
      name,
      `for word do case $word in --?*) echo "${name}: illegal option -- -" >&2; exit 64 ;; --) break ;; esac; done; exec ${which(name)} "$@"`,
    );
  return bin;
}

/** /var/folders/zz/zyxvpxvq6csfxvn_n000000000000000000000/T/, as long as it is there. */
function longDirectory(): string {
  const path = join(place, "var/folders/zz/zyxvpxvq6csfxvn_n000000000000000000000000000000000/T");
  mkdirSync(path, { recursive: true });
  return path;
}

test("deploys twice, with BSD's programs, bash as sh and a TMPDIR of 80 characters", async () => {
  const env = { PATH: macPath(), TMPDIR: longDirectory() };
  assert.ok(env.TMPDIR.length >= 80, env.TMPDIR);
  for (const words of [
    ["run", "production"],
    ["run", "production", "--version", "v2"],
    ["doctor", "production"],
  ]) {
    // oxlint-disable-next-line no-await-in-loop
    const { code, stdout, stderr } = await world.call({ words, env });
    assert.is(code, 0, `${stdout}${stderr}`);
    assert.not.match(`${stdout}${stderr}`, /illegal option|not found/);
  }
  assert.is(await world.served("h1"), "green\n");
});

test.run();
