import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { ended, succeeded } from "../support/e2e.ts";
import { type HostState, said, stateOf } from "../support/hosts.ts";
import { startLoad } from "../support/load.ts";
import { type Ground, aGround, lostNothing, rounds } from "./ground.ts";
import { loads } from "./loads.ts";

// What an instant switch was found to need; each was lost once without it (DESIGN.md, section 5).
const test = labSuite("what an instant switch needs");
// To green and to blue; in `npm test` one of them.
const turns = Math.min(2, rounds);
let ground: Ground;
test.before(async () => {
  ground = await aGround("instant", "instant-needs");
});
test.after(() => ground.end());

test("a slow upload begun before the switch, whose slot is gone when its body is there, is answered by the other", async () => {
  const upload = request(`http://${ground.address}/echo`, { method: "POST", headers: { "Content-Length": "100000" } });
  const answer = new Promise<IncomingMessage>((resolve, reject) => upload.on("response", resolve).on("error", reject));
  upload.write("x".repeat(50_000));
  await wait(300);
  const deployed = await ground.deploy();
  succeeded(deployed);
  upload.end("x".repeat(50_000));
  const response = await answer;
  const whole = [response.statusCode, response.headers["x-version"], await text(response)];
  assert.equal(whole, [200, deployed.version, '{"bytes":100000}\n']);
});

test("a streamed response begun before the switch comes to its end, and the old variant stays for it", async () => {
  const [before = ""] = (await ground.served()).split(" ");
  const load = startLoad({
    requests: [{ url: `http://${ground.address}/stream?seconds=8`, timeout: 30_000, check: endsWell }],
    connections: 4,
    pause: 60_000,
    label: (headers) => String(headers["x-version"]),
  });
  const deployed = await ground.deploy();
  const { failures, labels } = await load.stop();
  succeeded(deployed);
  assert.equal(failures, []);
  assert.equal([...labels], [[before, 4]]);
  assert.match(await ground.served(), deployed.version);
});

test("idle keep-alive connections outlive the switch", async () => {
  const { tallies } = await ground.under([{ ...loads.idle, name: "idle clients, one deploy" }], 1, async () => {
    succeeded(await ground.deploy());
  });
  for (const tally of tallies) {
    lostNothing("instant", tally);
    assert.is(tally.versions.size, 2);
  }
});

test("with open_file_cache on for all sites, the switch is seen at once", async () => {
  const cache = "open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s; open_file_cache_errors on;";
  await said(
    ground.scene.lab,
    "h1",
    `echo '${cache}' >/etc/nginx/conf.d/cache.conf; nginx -t && systemctl restart nginx`,
  );
  for (let turn = 0; turn < turns; turn++) {
    // The cache has the flag's absence, then its presence, in every worker.
    const { tallies, done } = await ground.under([{ ...loads.flatOut, name: "open_file_cache on" }], 1, async () => {
      const run = succeeded(await ground.deploy());
      return { run, served: await Promise.all(Array.from({ length: 20 }, () => ground.served())) };
    });
    const now = await ground.served();
    assert.equal(new Set(done.served), new Set([now]));
    for (const tally of tallies) lostNothing("instant", tally);
  }
  await said(ground.scene.lab, "h1", "rm /etc/nginx/conf.d/cache.conf; systemctl reload nginx");
});

test("a directory that nginx's workers may not search is refused with a sentence, and nothing is changed", async () => {
  await said(ground.scene.lab, "h1", "chmod 0700 /opt/link-shortener");
  const before = await stateOf(ground.scene.lab, "h1");
  const run = ended(await ground.deploy(), 2);
  assert.match(
    run.stdout + run.stderr,
    "nginx's workers cannot look into /opt/link-shortener and so cannot see the file live-green",
  );
  assert.equal(await stateOf(ground.scene.lab, "h1"), before);
  await said(ground.scene.lab, "h1", "chmod 0755 /opt/link-shortener");
});

test("nginx restarted: the slot that was live serves, either of them", async () => {
  for (let turn = 0; turn < turns; turn++) {
    if (turn > 0) succeeded(await ground.deploy());
    const before = await stateOf(ground.scene.lab, "h1");
    await said(ground.scene.lab, "h1", "systemctl restart nginx");
    assert.equal(await stateOf(ground.scene.lab, "h1"), before);
  }
});

test("host rebooted: the slot that was live serves, and it alone runs, either of them", async () => {
  const { lab } = ground.scene;
  for (let turn = 0; turn < turns; turn++) {
    if (turn > 0) succeeded(await ground.deploy());
    const before = await stateOf(lab, "h1");
    const served = await ground.served();
    await lab.kill("h1");
    await lab.boot("h1");
    await until(async () => (await ground.served()) === served);
    assert.equal(withoutProcesses(await stateOf(lab, "h1")), withoutProcesses(before));
  }
});

test.run();

function endsWell(body: string): string | undefined {
  return body.endsWith("chunk 80\nend\n") ? undefined : body.slice(-80);
}

/** A slot that was killed has failed; after a reboot it has not. Either way it does not run. */
function withoutProcesses(state: HostState): HostState {
  const unit = (text = ""): string => text.replace("failed", "inactive");
  return { ...state, traffic: "", units: { blue: unit(state.units["blue"]), green: unit(state.units["green"]) } };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds()) return;
    await wait(100);
  }
  assert.unreachable("it did not come to hold within 10 s");
}
