import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RemoteError } from "../../lib/errors.ts";
import type { Sent } from "../../lib/remote/rsync.ts";
import { rsyncWords, runRsync } from "../../lib/remote/rsync.ts";
import type { Standby } from "../../lib/remote/standby.ts";
import { openStandby } from "../../lib/remote/standby.ts";
import { program } from "../support/bgdeploy.ts";
import { withDirectory } from "./support/bash.ts";
import { installFakeSsh, rejection } from "./support/fake-ssh.ts";

let uninstall = (): void => {};
test.before(() => {
  uninstall = installFakeSsh();
});
test.after(() => uninstall());

type Scene = { readonly directory: string; readonly socket: string; readonly standby: Standby };

/** A channel to a host, and a build to send through it. */
function withStandby(host: string, use: (scene: Scene) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    mkdirSync(join(directory, "dist"));
    writeFileSync(join(directory, "dist/page"), "hello");
    const socket = join(directory, "0");
    const standby = openStandby(host, ["-T"], socket);
    try {
      await use({ directory, socket, standby });
    } finally {
      standby.close();
    }
  });
}

function send({ directory, standby }: Scene, host = "h1"): Promise<Sent> {
  const partial = join(directory, "a 'part'");
  const command = {
    kind: "upload",
    from: join(directory, "dist"),
    partial,
    to: "",
    log: join(directory, "the 'log'"),
    against: [],
    keepTimes: false,
  } as const;
  const words = rsyncWords(command, host, standby.shell(command.log), { asRoot: false, user: "shop", group: "root" });
  return runRsync(host, words, () => {}, { through: standby });
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400 && !(await isSo()); tries += 1) await wait(25);
  assert.ok(await isSo());
}

test("it opens with the connection, and not before", () =>
  withStandby("h1", async ({ socket, standby }) => {
    await wait(50);
    assert.not.ok(standby.isOpen());
    writeFileSync(socket, "");
    await until(() => standby.isOpen());
    await until(() => standby.rsync() !== "");
    assert.match(standby.rsync(), /^rsync {2}version/);
    assert.is(standby.complaints(), "");
  }));

for (const [host, slow] of [
  ["h1", false],
  ["far", true],
] as const) {
  test(`the line to ${host} is ${slow ? "slow" : "not slow"}, as its answers tell`, () =>
    withStandby(host, async ({ socket, standby }) => {
      writeFileSync(socket, "");
      await until(() => standby.rsync() !== "");
      await wait(300);
      assert.is(standby.isSlow(), slow);
    }));
}

test("an upload through it begins when its list is there", () =>
  withStandby("h1", async (scene) => {
    writeFileSync(scene.socket, "");
    await until(() => scene.standby.isOpen());
    let isDone = false;
    const sent = send(scene).finally(() => (isDone = true));
    await wait(150);
    assert.not.ok(isDone);
    writeFileSync(join(scene.directory, "the 'log'"), "");
    assert.ok((await sent).bytes > 0);
    assert.is(readFileSync(join(scene.directory, "a 'part'/page"), "utf8"), "hello");
    await scene.standby.ended;
    assert.not.ok(scene.standby.isOpen());
  }));

test("a host with its user's name before it is reached, too", () =>
  withStandby("deploy@h1", async (scene) => {
    writeFileSync(scene.socket, "");
    await until(() => scene.standby.isOpen());
    writeFileSync(join(scene.directory, "the 'log'"), "");
    await send(scene, "deploy@h1");
  }));

for (const [when, pause] of [
  ["as an upload begins", 0],
  ["while an upload waits", 100],
] as const) {
  test(`closed ${when}: the upload fails, whatever it waits for`, () =>
    withStandby("h1", async (scene) => {
      writeFileSync(scene.socket, "");
      await until(() => scene.standby.isOpen());
      const failed = rejection(send(scene));
      if (pause > 0) await wait(pause);
      scene.standby.close();
      assert.instance(await failed, RemoteError);
    }));
}

test("an rsync that is killed ends, and its channel too", () =>
  withStandby("h1", async (scene) => {
    const path = process.env["PATH"];
    const bin = join(scene.directory, "bin");
    mkdirSync(bin);
    // Killed when its other end is there, with what it started in place of ssh left over.
    const stub = `#!/bin/bash\nPATH=\${PATH#*:}; rsync "$@" & sleep 0.3; kill -9 $!; kill -9 $$\n`;
    writeFileSync(join(bin, "rsync"), stub, { mode: 0o755 });
    process.env["PATH"] = `${bin}:${path}`;
    writeFileSync(scene.socket, "");
    await until(() => scene.standby.isOpen());
    process.env["PATH"] = path;
    assert.instance(await rejection(send(scene)), RemoteError);
    await scene.standby.ended;
  }));

/** The processes of an upload on this machine. */
async function processesOf(socket: string): Promise<readonly number[]> {
  const { stdout } = await program(["ps", "-eo", "pid=,pgid=,args="], { cwd: "/" });
  const rows = [...stdout.matchAll(/^ *(\d+) +(\d+) (.*)$/gm)];
  const group = rows.find(([, , , words]) => words?.includes(socket))?.[2];
  return rows.filter(([, , id]) => id === group).map(([, pid]) => Number(pid));
}

test("the shell that waits for an upload is killed: the channel is not there", () =>
  withStandby("h1", async ({ socket, standby }) => {
    writeFileSync(socket, "");
    await until(() => standby.rsync() !== "");
    const [shell] = await processesOf(socket);
    process.kill(shell ?? 0, "SIGKILL");
    await standby.ended;
    assert.not.ok(standby.isOpen());
    await until(async () => (await processesOf(socket)).length === 0);
  }));

test("whatever process of an upload is killed while that waits, it has an end, and leaves none", async () => {
  const ends: string[] = [];
  let count = 1;
  for (let index = 0; index < count; index += 1) {
    await withStandby("h1", async (scene) => {
      writeFileSync(scene.socket, "");
      await until(() => scene.standby.rsync() !== "");
      const end = send(scene).then(
        () => "sent",
        () => "failed",
      );
      await wait(150);
      const all = await processesOf(scene.socket);
      count = all.length;
      process.kill(all[index] ?? 0, "SIGKILL");
      await wait(300);
      writeFileSync(join(scene.directory, "the 'log'"), "");
      ends.push(await Promise.race([end, wait(8000).then(() => "hangs")]));
      await until(async () => (await processesOf(scene.socket)).length === 0);
    });
  }
  assert.ok(ends.length >= 4 && !ends.includes("hangs"), ends.join(", "));
  assert.ok(ends.filter((each) => each === "failed").length >= 4, ends.join(", "));
});

for (const [when, pause] of [
  ["before it opens", 20],
  ["when it is open", 200],
] as const) {
  test(`closed ${when}, it leaves no process`, () =>
    withStandby("h1", async ({ socket, standby }) => {
      if (pause > 100) writeFileSync(socket, "");
      await wait(pause);
      standby.close();
      await until(async () => !(await program(["ps", "-eo", "args="], { cwd: "/" })).stdout.includes(socket));
    }));
}

test("where sshd refuses it, it is not there, and says why", () =>
  withStandby("denied", async ({ socket, standby }) => {
    writeFileSync(socket, "");
    await standby.ended;
    assert.not.ok(standby.isOpen());
    assert.match(standby.complaints(), "Permission denied");
  }));

test.run();
