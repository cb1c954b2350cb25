import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { bgdeploy } from "../support/bgdeploy.ts";
import { type Scene, aScene, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";
import { type Cost, type Counter, aCounter } from "./support/counted.ts";

/** What a redeploy may cost each host. Who makes it cheaper lowers the number; who makes it dearer says why. */
const recorded: Cost & { readonly handshakes: number } = {
  handshakes: 1,
  connections: 1,
  channels: 1,
  rsyncs: 1,
  scripts: 15,
  waits: 5,
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

test("a redeploy needs no more connections, scripts, waits for an answer and rsyncs on each host than recorded", async () => {
  const before = await Promise.all(scene.hosts.map(handshakes));
  await scene.project.build("v2");
  const { directory } = scene.project;
  succeeded(await bgdeploy(["run", "production", "--version", "v2"], { cwd: directory, env: counter.env }));

  for (const [index, host] of scene.hosts.entries()) {
    const made = (await handshakes(host)) - (before[index] ?? 0);
    const cost = { handshakes: made, ...(await counter.cost(host)) };
    assert.ok(cost.scripts > 0 && cost.waits > 0, `nothing was counted on ${host}: ${JSON.stringify(cost)}`);
    const dearer = Object.entries(recorded).filter(([what, limit]) => cost[what as keyof typeof cost] > limit);
    const sentence = `${host} cost ${JSON.stringify(cost)}, more than the recorded ${JSON.stringify(recorded)}`;
    assert.equal(dearer, [], sentence);
  }
});

/** How many connections sshd has let in since the host booted. */
async function handshakes(host: string): Promise<number> {
  return Number(await said(scene.lab, host, "journalctl --sync; journalctl -q -t sshd -o cat | grep -c '^Accepted '"));
}

test.run();
