import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeOwnDirectory } from "../../lib/remote/own-directory.ts";

const test = suite<{ temporary: string }>("a directory of ours");

test.before.each((context) => {
  context.temporary = mkdtempSync(join(tmpdir(), "own-"));
});
test.after.each(({ temporary }) => rmSync(temporary, { recursive: true, force: true }));

/** Leaves a directory as a client leaves it that is killed. */
async function killedIn(temporary: string): Promise<string> {
  const { child, path } = await heldIn(temporary);
  child.kill("SIGKILL");
  await once(child, "exit");
  return path;
}

async function heldIn(temporary: string): Promise<{ child: ReturnType<typeof spawn>; path: string }> {
  const source = new URL("../../lib/remote/own-directory.ts", import.meta.url).href;
  const program = `import { makeOwnDirectory } from ${JSON.stringify(source)};
    const { path } = await makeOwnDirectory(${JSON.stringify(temporary)});
    console.log(path); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await once(child.stdout, "data");
  return { child, path: String(said).trim() };
}

const age = (path: string): void => utimesSync(path, 1_000_000_000, 1_000_000_000);

test("what killed clients left goes with the next run; what is young, held, foreign or no directory stays", async ({
  temporary,
}) => {
  const dead = await killedIn(temporary);
  const young = await killedIn(temporary);
  const { child, path: held } = await heldIn(temporary);
  const [elsewhere, link] = [join(temporary, "elsewhere"), join(temporary, "bgd-AAAAAA")];
  mkdirSync(elsewhere, { mode: 0o700 });
  writeFileSync(join(elsewhere, "file"), "");
  symlinkSync(elsewhere, link);
  const open = join(temporary, "bgd-BBBBBB");
  mkdirSync(open);
  chmodSync(open, 0o755);
  for (const path of [dead, held, elsewhere, open]) age(path);
  try {
    const own = await makeOwnDirectory(temporary);
    for (let times = 0; existsSync(dead) && times < 100; times += 1) await wait(20);
    await wait(100);
    assert.equal(
      [dead, young, held, link, join(elsewhere, "file"), open, own.path].map((path) => existsSync(path)),
      [false, true, true, true, true, true, true],
    );
    await own.remove();
    assert.not(existsSync(own.path));
  } finally {
    child.kill("SIGKILL");
  }
});

test("nothing is swept where another user could put a link in the place of what was looked at", async ({
  temporary,
}) => {
  const dead = await killedIn(temporary);
  age(dead);
  chmodSync(temporary, 0o777);
  const own = await makeOwnDirectory(temporary);
  await wait(300);
  assert.ok(existsSync(dead));
  await own.remove();
});

const bin = new URL("../../bin/bgdeploy.ts", import.meta.url).pathname;

/** What `bgdeploy status` says before it has reached a host. */
function status(temporary: string, before: string, project: string): { code: number; said: string } {
  const config = `export default { app: "shop", version: "v1", stages: { production: { hosts: ["h1.invalid"] } } };`;
  writeFileSync(join(project, "deploy.config.mjs"), config);
  const line = `${before} exec "$0" "$1" status production`;
  try {
    execFileSync("unshare", ["-m", "sh", "-c", line, process.execPath, bin], {
      cwd: project,
      env: { PATH: process.env["PATH"], HOME: project, TMPDIR: temporary },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { code: 0, said: "" };
  } catch (error) {
    const { status: code, stderr } = error as { status: number; stderr: string };
    return { code, said: stderr };
  }
}

const isRoot = process.getuid?.() === 0;

test("a TMPDIR that is not there, or is full, ends with 2 and a sentence", ({ temporary }) => {
  if (!isRoot) return;
  const missing = join("/tmp", "is-not-there");
  assert.equal(status(missing, "", temporary), {
    code: 2,
    said: `bgdeploy: bgdeploy keeps its sockets in ${missing}, which does not exist. Create it, or set TMPDIR to another directory\n`,
  });
  const full = "mount -t tmpfs -o size=4k none /mnt && head -c 4096 /dev/zero >/mnt/all;";
  assert.equal(status("/mnt", full, temporary), {
    code: 2,
    said: "bgdeploy: bgdeploy keeps its sockets in /mnt, where the disk is full. Make room there, or set TMPDIR to another directory\n",
  });
});

test("a uid without an entry in passwd has help, version and printed files; ssh's refusal is one sentence", ({
  temporary,
}) => {
  if (!isRoot) return;
  chmodSync(temporary, 0o755);
  const config = `export default { app: "shop", version: "v1", stages: { production: { hosts: ["h1.invalid"] } } };`;
  const file = join(temporary, "deploy.config.mjs");
  writeFileSync(file, config);
  const as = (...words: readonly string[]): { status: number | null; said: string } => {
    const line = `exec setpriv --reuid 4242 --regid 4242 --clear-groups "$0" "$@"`;
    const { status: code, said } = attempt("sh", ["-c", line, process.execPath, bin, ...words], temporary);
    return { status: code, said };
  };
  for (const words of [["--help"], ["--version"], ["vhost", "production"], ["unit", "production"]]) {
    const { status: code, said } = as(...words);
    assert.equal([code, said.includes("    at ")], [0, false], said);
  }
  const { status: code, said } = as("status", "production");
  assert.is(code, 2);
  assert.match(
    said,
    /ssh cannot run as uid 4242, because this machine has no user with that uid\. Run as an existing user/,
  );
});

function attempt(file: string, words: readonly string[], cwd: string): { status: number | null; said: string } {
  const env = { PATH: process.env["PATH"], HOME: "/nowhere" };
  try {
    return {
      status: 0,
      said: execFileSync(file, words, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
    };
  } catch (error) {
    const { status: code, stderr } = error as { status: number; stderr: string };
    return { status: code, said: stderr };
  }
}

test.run();
