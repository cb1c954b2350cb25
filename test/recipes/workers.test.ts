import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Command } from "../../lib/model/command.ts";
import { rawLine } from "../../lib/model/shell.ts";
import { drain } from "../../recipes/drain.ts";
import { reloadProven } from "../../recipes/nginx-reload.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget } from "../support/target.ts";
import type { Ran, Stubs } from "./support/bash.ts";
import { freePort, makeStubs, runInBash } from "./support/bash.ts";

const test = suite<{ stubs: Stubs; children: ChildProcess[] }>("nginx workers");

test.before.each((context) => {
  context.stubs = makeStubs({});
  context.children = [];
  mkdirSync(`${context.stubs.directory}/.bgdeploy`);
});
test.after.each(({ stubs, children }) => {
  for (const child of children) child.kill("SIGKILL");
  stubs.remove();
});

const worker = "nginx: worker process";
const leaving = "nginx: worker process is shutting down";

/** A process with a title, and perhaps another one after a while. */
async function start(children: ChildProcess[], title: string, seconds?: number, then?: string): Promise<number> {
  const later = then === undefined ? "exit" : `exec -a '${then}' sleep 30`;
  const script = seconds === undefined ? "sleep 30; :" : `sleep ${seconds}; ${later}`;
  const child = spawn("bash", ["-c", `exec -a '${title}' bash -c "$0"`, script], { stdio: "ignore" });
  children.push(child);
  await hasTitle(child.pid ?? 0, title);
  return child.pid ?? 0;
}

async function hasTitle(pid: number, title: string): Promise<void> {
  while (readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] !== title) await wait(5);
}

function targetOf(stubs: Stubs, more: TargetOptions = {}): ReturnType<typeof aTarget> {
  return aTarget({ live: "blue", ...more, app: { destination: stubs.directory, drainTimeout: 400, ...more.app } });
}

function note(stubs: Stubs, pids: readonly number[]): void {
  writeFileSync(`${stubs.directory}/.bgdeploy/workers`, pids.map((pid) => `${pid}\n`).join(""));
}

/** Waits for the reload to be proven, with a limit of 1.5 s instead of 10. */
function prove(stubs: Stubs): Promise<Ran> {
  const commands = reloadProven(targetOf(stubs)).slice(3);
  const shorter = (command: Command): Command =>
    command.kind === "shell"
      ? { ...command, line: rawLine(command.line.raw.replace("+ 10000000 ", "+ 1500000 ")) }
      : command;
  return runInBash(
    commands.map((command) => shorter(command)),
    stubs,
  );
}

const proven: readonly (readonly [string, (children: ChildProcess[]) => Promise<readonly number[]>, number])[] = [
  ["no worker was noted", async () => [], 0],
  ["every noted worker is gone", async () => [4_194_304], 0],
  ["every noted worker is shutting down", async (children) => [await start(children, leaving)], 0],
  ["the pid belongs to another program by now", async (children) => [await start(children, "postgres")], 0],
  ["a noted worker is retitled in time", async (children) => [await start(children, worker, 0.2, leaving)], 0],
  ["a noted worker ends in time", async (children) => [await start(children, worker, 0.2)], 0],
  [
    "a noted worker still takes connections",
    async (children) => [await start(children, leaving), await start(children, worker)],
    1,
  ],
  ["a noted worker is retitled too late", async (children) => [await start(children, worker, 20, leaving)], 1],
];

for (const [when, make, status] of proven) {
  test(`a reload is ${status === 0 ? "" : "not "}proven when ${when}`, async ({ stubs, children }) => {
    note(stubs, await make(children));
    const ran = await prove(stubs);
    assert.is(ran.status, status);
    if (status === 0) assert.is(ran.output, "");
    else
      assert.match(
        ran.output,
        /^nginx kept its old configuration: after 10 s a worker from before the reload still accepts connections\.\nIts log says why: /,
      );
  });
}

/** nginx's main process with children of these titles. */
async function startMaster(
  { directory }: Stubs,
  children: ChildProcess[],
  titles: readonly string[],
): Promise<{ readonly pid: number; readonly workers: readonly number[] }> {
  const jobs = titles.map((title) => `(exec -a '${title}' cat <&3) & echo $!;`).join(" ");
  const script = `mkfifo ${directory}/pipe; exec 3<>${directory}/pipe; ${jobs} wait`;
  const title = "nginx: master process /usr/sbin/nginx";
  const master = spawn("bash", ["-c", `exec -a '${title}' bash -c "$0"`, script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(master);
  let said = "";
  master.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  while (said.split("\n").length <= titles.length) await wait(5);
  const workers = said.trim().split("\n").map(Number);
  for (const [index, title] of titles.entries()) await hasTitle(workers[index] ?? 0, title);
  return { pid: master.pid ?? 0, workers };
}

test("all workers are noted, also those that another's reload has replaced, and no other process of nginx", async ({
  stubs,
  children,
}) => {
  // procps before 4.0 (Debian 11, Ubuntu 22.04, RHEL 9) shows spaces where nginx has filled the title up with NULs.
  const titles = [worker, leaving, "nginx: cache manager process", `${worker}     `];
  const { pid: master, workers } = await startMaster(stubs, children, titles);
  stubs.set("systemctl", `[ "$*" = "show -p MainPID --value nginx.service" ] && echo ${master}`);
  const [first, second, , last] = workers;
  try {
    // As it was read before, whatever has that number now, and a process of another name: then systemd is asked.
    for (const pid of [0, process.pid, master]) {
      const ran = await runInBash(reloadProven(targetOf(stubs, { facts: { nginx: { pid } } })).slice(0, 1), stubs);
      assert.equal([ran.status, ran.output], [0, ""]);
      const noted = readFileSync(`${stubs.directory}/.bgdeploy/workers`, "utf8").trim().split("\n");
      assert.match(noted.pop() ?? "", /^since \d+$/);
      assert.equal(noted.toSorted(), [first, second, last].map(String).toSorted());
    }
  } finally {
    for (const pid of workers) process.kill(pid, "SIGKILL");
  }
});

test("a worker that nginx began before our reload, but behind the note of their pids, is an old one, too", async ({
  stubs,
  children,
}) => {
  const { pid, workers } = await startMaster(stubs, children, [leaving, worker]);
  const [, began = ""] = /^\d+ \(.*\) (?:\S+ ){19}(\d+)/.exec(readFileSync(`/proc/${workers[1]}/stat`, "utf8")) ?? [];
  const target = targetOf(stubs, { facts: { nginx: { pid } } });
  try {
    for (const [since, held] of [
      [Number(began), 2],
      [Number(began) - 1, 1],
    ] as const) {
      writeFileSync(`${stubs.directory}/.bgdeploy/workers`, `${workers[0]}\nsince ${since}\n`);
      const ran = await runInBash([drain(target, { kind: "port", port: await freePort() })], stubs);
      assert.match(ran.output, `${held} old nginx worker(s)`);
    }
  } finally {
    for (const each of workers) process.kill(each, "SIGKILL");
  }
});

test("where nginx does not run, nothing is noted, and that is no failure", async ({ stubs }) => {
  stubs.set("systemctl", "echo 0");
  const ran = await runInBash(reloadProven(targetOf(stubs)).slice(0, 1), stubs);
  assert.equal([ran.status, ran.output, readFileSync(`${stubs.directory}/.bgdeploy/workers`, "utf8")], [0, "", ""]);
});

test("where nginx runs and none of its workers is to be seen, nothing is proven", async ({ stubs }) => {
  stubs.set("systemctl", `[ "$1" = is-active ] && echo active || echo 4194304`);
  const ran = await runInBash(reloadProven(targetOf(stubs)).slice(0, 1), stubs);
  assert.is(ran.status, 1);
  assert.match(ran.output, "nginx runs, but none of its workers is visible");
});

test("a drain is over at once when the old workers are gone and nothing is connected", async ({ stubs }) => {
  note(stubs, [4_194_304]);
  const ran = await runInBash(
    [drain(targetOf(stubs, { app: { drainTimeout: 30_000 } }), { kind: "port", port: await freePort() })],
    stubs,
  );
  assert.equal([ran.status, ran.output], [0, ""]);
  assert.ok(ran.seconds < 10);
});

test("a drain waits for a worker that shuts down", async ({ stubs, children }) => {
  note(stubs, [await start(children, leaving, 0.2)]);
  const ran = await runInBash(
    [drain(targetOf(stubs, { app: { drainTimeout: 20_000 } }), { kind: "port", port: await freePort() })],
    stubs,
  );
  assert.equal([ran.status, ran.output], [0, ""]);
  assert.ok(ran.seconds >= 0.1);
});

test("a drain that takes too long says what holds it, and goes on", async ({ stubs, children }) => {
  note(stubs, [await start(children, leaving), await start(children, worker)]);
  const port = await freePort();
  const ran = await runInBash([drain(targetOf(stubs), { kind: "port", port })], stubs);
  const held = `2 old nginx worker(s) and 0 connection(s) to port ${port}`;
  const why =
    "a download, a stream or a WebSocket, perhaps of another site on this host. The old variant is stopped all the same.";
  assert.equal([ran.status, ran.output], [0, `After 0.4 s ${held} are still open: ${why}\n`]);
});

test("a drain starts no process while it waits for a worker: it naps, and counts connections behind the last worker only", async ({
  stubs,
  children,
}) => {
  const log = `${stubs.directory}/started`;
  writeFileSync(log, "");
  for (const name of ["sleep", "grep", "cat"])
    stubs.set(name, `echo ${name} >>${log}; PATH=\${PATH#*:} exec ${name} "$@"`);
  note(stubs, [await start(children, leaving, 0.3)]);
  const ran = await runInBash(
    [drain(targetOf(stubs, { app: { drainTimeout: 20_000 } }), { kind: "port", port: await freePort() })],
    stubs,
  );
  assert.equal([ran.status, ran.output], [0, ""]);
  assert.ok(ran.seconds >= 0.2);
  assert.is(readFileSync(log, "utf8"), "grep\n");
});

test("a drain waits for open connections to the old port, and for those alone", async ({ stubs }) => {
  note(stubs, []);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const client = connect(port, "127.0.0.1");
  try {
    await wait(50);
    for (const includesFlag of [false, true]) {
      const target = targetOf(stubs, { facts: { nginx: { includesFlag } } });
      const held = await runInBash([drain(target, { kind: "port", port })], stubs);
      assert.match(held.output, `1 connection(s) to port ${port} are still open`);
    }
    setTimeout(() => client.destroy(), 150);
    const ran = await runInBash(
      [drain(targetOf(stubs, { app: { drainTimeout: 20_000 } }), { kind: "port", port })],
      stubs,
    );
    assert.equal([ran.status, ran.output], [0, ""]);
  } finally {
    client.destroy();
    server.close();
  }
});

test("an old worker without a connection of ours at two looks: that it is probably another site's", async ({
  stubs,
  children,
}) => {
  note(stubs, [await start(children, leaving, 7.6)]);
  const port = await freePort();
  const target = targetOf(stubs, { app: { drainTimeout: 20_000 } });
  const ran = await runInBash([drain(target, { kind: "port", port })], stubs);
  const held = `1 old nginx worker(s) and 0 connection(s) to port ${port}`;
  assert.is(
    ran.output,
    `... waited 2 s of 20 s; still open: ${held}\n... waited 7 s of 20 s; still open: ${held}: probably another site's\n`,
  );
});

test("a drain says how long it has waited, of how long, and for what", async ({ stubs, children }) => {
  note(stubs, [await start(children, leaving, 2.3)]);
  const port = await freePort();
  const target = targetOf(stubs, { app: { drainTimeout: 20_000 } });
  const ran = await runInBash([drain(target, { kind: "port", port })], stubs);
  const held = `1 old nginx worker(s) and 0 connection(s) to port ${port}`;
  assert.equal([ran.status, ran.output], [0, `... waited 2 s of 20 s; still open: ${held}\n`]);
});

test("an early signal waits for no open connection, but for a worker of nginx that may be about to connect", async ({
  stubs,
  children,
}) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const client = connect(port, "127.0.0.1");
  const { pid, workers } = await startMaster(stubs, children, [worker]);
  const target = targetOf(stubs, {
    app: { drainSignal: "early", drainTimeout: 400 },
    facts: { nginx: { includesFlag: true, pid } },
  });
  try {
    const early = await runInBash([drain(target, { kind: "port", port })], stubs);
    assert.equal([early.status, early.output], [0, ""]);
  } finally {
    for (const each of workers) process.kill(each, "SIGKILL");
    client.destroy();
    server.close();
  }
});

test("what a planted list of workers holds is neither calculated with nor looked for as a path", async ({
  stubs,
  children,
}) => {
  const pid = await start(children, leaving);
  const bait = `${stubs.directory}/executed`;
  writeFileSync(
    `${stubs.directory}/.bgdeploy/workers`,
    `a[$(touch ${bait})]\n$(touch ${bait})\n../proc/${pid}\n-1\n\n`,
  );
  const { output, status } = await runInBash([drain(targetOf(stubs), { kind: "port", port: await freePort() })]);
  assert.is(`${output}${status}`, "0");
  assert.not.ok(existsSync(bait));
});

test.run();
