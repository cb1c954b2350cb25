import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { bgdeploy } from "../support/bgdeploy.ts";
import { type Scene, aScene, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";
import { type Cost, aCounter } from "./support/counted.ts";

type HostCost = Cost & { readonly handshakes: number; readonly sudos: number };

/** What a run may cost each host. Who makes it cheaper lowers the number; who makes it dearer says why. */
const recorded: readonly (readonly [what: string, hosts: number, words: readonly string[], cost: HostCost])[] = [
  [
    "a redeploy of a host alone",
    1,
    ["run", "production", "--version", "v2"],
    { handshakes: 1, connections: 1, channels: 1, rsyncs: 1, scripts: 15, waits: 2, sudos: 5 },
  ],
  [
    "a redeploy of two hosts",
    2,
    ["run", "production", "--version", "v3"],
    { handshakes: 1, connections: 1, channels: 1, rsyncs: 1, scripts: 15, waits: 4, sudos: 5 },
  ],
  [
    "a redeploy of more hosts than are connected to at once",
    9,
    ["run", "production", "--version", "v4"],
    { handshakes: 1, connections: 1, channels: 1, rsyncs: 1, scripts: 15, waits: 4, sudos: 5 },
  ],
  [
    "a rollback of two hosts",
    2,
    ["rollback", "production"],
    { handshakes: 1, connections: 1, channels: 0, rsyncs: 0, scripts: 13, waits: 4, sudos: 5 },
  ],
];

const test = labSuite("cost");
let scene: Scene;
test.before(async () => {
  scene = await aScene("cost", { machines: 9, hosts: ["h*"] });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

for (const [what, count, words, limits] of recorded) {
  test(`${what} needs no more connections, scripts, waits for an answer, rsyncs and calls of sudo than recorded`, async () => {
    const hosts = scene.hosts.slice(0, count);
    await scene.project.write({ hosts });
    await scene.project.build("v2");
    const counter = await aCounter();
    try {
      const before = await Promise.all(hosts.map(logged));
      succeeded(await bgdeploy(words, { cwd: scene.project.directory, env: counter.env }));
      for (const [index, host] of hosts.entries()) {
        const [former, now] = [before[index], await logged(host)];
        assert.ok(former);
        const log = { handshakes: now.handshakes - former.handshakes, sudos: now.sudos - former.sudos };
        const cost = { ...log, ...(await counter.cost(host)) };
        assert.ok(
          cost.scripts > 0 && cost.waits > 0 && cost.sudos > 0,
          `nothing was counted on ${host}: ${JSON.stringify(cost)}`,
        );
        const dearer = Object.entries(limits).filter(([name, limit]) => cost[name as keyof typeof cost] > limit);
        const sentence = `${host} cost ${JSON.stringify(cost)}, more than the recorded ${JSON.stringify(limits)}`;
        assert.equal(dearer, [], sentence);
      }
    } finally {
      await counter.remove();
    }
  });
}

/** How many connections sshd has let in, and how often sudo was called, since the host booted. */
async function logged(host: string): Promise<{ readonly handshakes: number; readonly sudos: number }> {
  const count = (identifier: string, pattern: string): string =>
    `journalctl -q -t ${identifier} -o cat | grep -c '${pattern}'`;
  const lines = `journalctl --sync; ${count("sshd", "^Accepted ")}; ${count("sudo", "COMMAND=")}`;
  const [handshakes, sudos] = (await said(scene.lab, host, lines)).split("\n").map(Number);
  return { handshakes: handshakes ?? 0, sudos: sudos ?? 0 };
}

test.run();
