import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { bgdeploy } from "../support/bgdeploy.ts";
import { type Scene, aScene, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";
import { type Cost, type Counter, aCounter } from "./support/counted.ts";

/** What a redeploy may cost each host. Who makes it cheaper lowers the number; who makes it dearer says why. */
const recorded: Cost & { readonly handshakes: number; readonly sudos: number } = {
  handshakes: 1,
  connections: 1,
  channels: 1,
  rsyncs: 1,
  scripts: 15,
  waits: 5,
  sudos: 6,
};

const test = labSuite("cost");
let scene: Scene;
let counter: Counter;
test.before(async () => {
  [scene, counter] = await Promise.all([aScene("cost", { machines: 2, hosts: ["h1", "h2"] }), aCounter()]);
  succeeded(await scene.project.deploy("v1"));
});
test.after(async () => {
  await counter.remove();
  await scene.end();
});

test("a redeploy needs no more connections, scripts, waits for an answer, rsyncs and calls of sudo on each host than recorded", async () => {
  const before = await Promise.all(scene.hosts.map(logged));
  await scene.project.build("v2");
  const { directory } = scene.project;
  succeeded(await bgdeploy(["run", "production", "--version", "v2"], { cwd: directory, env: counter.env }));

  for (const [index, host] of scene.hosts.entries()) {
    const [former, now] = [before[index], await logged(host)];
    assert.ok(former);
    const log = { handshakes: now.handshakes - former.handshakes, sudos: now.sudos - former.sudos };
    const cost = { ...log, ...(await counter.cost(host)) };
    assert.ok(
      cost.scripts > 0 && cost.waits > 0 && cost.sudos > 0,
      `nothing was counted on ${host}: ${JSON.stringify(cost)}`,
    );
    const dearer = Object.entries(recorded).filter(([what, limit]) => cost[what as keyof typeof cost] > limit);
    const sentence = `${host} cost ${JSON.stringify(cost)}, more than the recorded ${JSON.stringify(recorded)}`;
    assert.equal(dearer, [], sentence);
  }
});

/** How many connections sshd has let in, and how often sudo was called, since the host booted. */
async function logged(host: string): Promise<{ readonly handshakes: number; readonly sudos: number }> {
  const count = (identifier: string, pattern: string): string =>
    `journalctl -q -t ${identifier} -o cat | grep -c '${pattern}'`;
  const lines = `journalctl --sync; ${count("sshd", "^Accepted ")}; ${count("sudo", "COMMAND=")}`;
  const [handshakes, sudos] = (await said(scene.lab, host, lines)).split("\n").map(Number);
  return { handshakes: handshakes ?? 0, sudos: sudos ?? 0 };
}

test.run();
