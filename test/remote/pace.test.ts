import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { shell } from "../../lib/model/command.ts";
import { rawLine } from "../../lib/model/shell.ts";
import type { Room } from "../../lib/remote/pace.ts";
import { keepPace } from "../../lib/remote/pace.ts";
import { openSession } from "../../lib/remote/session.ts";
import { installFakeSsh, word } from "./support/fake-ssh.ts";

let uninstall = (): void => {};
test.before(() => {
  uninstall = installFakeSsh();
});
test.after(() => uninstall());

/** Bytes, and the milliseconds in which they would have come. */
const [all, moment] = [20_000_000, 300];

/** No room before it is opened. */
function aGate(): { readonly room: Room; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isOpen = false;
  return {
    room: () => (isOpen ? undefined : promise),
    open() {
      isOpen = true;
      resolve();
    },
  };
}

type Printing = ChildProcessByStdio<null, Readable, null>;

function printing(script: string, room: Room): Printing {
  return keepPace(spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] }), room);
}

const readers: Readonly<Record<string, (child: Printing, heard: (bytes: Uint8Array) => void) => unknown>> = {
  "as it comes": ({ stdout }, heard) => stdout.on("data", heard),
  "by iteration": async ({ stdout }, heard) => {
    for await (const bytes of stdout) heard(bytes);
  },
};

for (const [how, read] of Object.entries(readers)) {
  test(`what is read ${how} comes while there is room, and all of it`, async () => {
    const gate = aGate();
    const child = printing(`head -c ${all} /dev/zero`, gate.room);
    let length = 0;
    read(child, (bytes) => (length += bytes.length));
    await wait(moment);
    assert.ok(length < 500_000, `${length} bytes came`);
    gate.open();
    await once(child, "close");
    assert.is(length, all);
  });
}

test("what is left of a process that was ended needs no room", async () => {
  const child = printing("exec yes", aGate().room);
  child.stdout.resume();
  await wait(moment);
  child.kill();
  assert.equal(await once(child, "close"), [null, "SIGTERM"]);
});

test("a command of a session that prints much waits for room, those that say little do not", async () => {
  const gate = aGate();
  const session = openSession({ host: "h1", flags: ["-T"], limit: undefined, room: gate.room }, () => word);
  await session.ready;
  let length = 0;
  const run = (line: string): Promise<unknown> =>
    session.run([shell("x", rawLine(line))], false, { output: (_, text) => (length += text.length) });
  for (let times = 0; times < 5; times += 1) await run("head -c 50000 /dev/zero");
  assert.is(length, 250_000);
  const running = run(`head -c ${all} /dev/zero`);
  await wait(moment);
  assert.ok(length < 1_000_000, `${length} characters came`);
  gate.open();
  await running;
  assert.is(length, 250_000 + all);
  await session.close();
});

test.run();
