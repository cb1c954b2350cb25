import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";
import type { Load } from "../support/load.ts";
import { describeFailures, startLoad } from "../support/load.ts";
import type { ByHand, Variant } from "./support/by-hand.ts";
import { byHand } from "./support/by-hand.ts";
import { startClient } from "./support/client.ts";
import { debugSettings } from "./support/settings.ts";
import { firstAnswer } from "./support/traffic.ts";

// DESIGN.md section 4, "The live variant": each row on a real host, its state made by hand.
const test = labSuite("the live variant");
let scene: Scene;
let host: ByHand;
let count = 0;
test.before(async () => {
  scene = await aScene("live-variant", { hosts: ["h*"], settings: debugSettings() });
  host = byHand(scene.lab, "h1");
});
test.after(() => scene.end());

/** Deploys a new version from whatever state there is; afterwards all must be well, also after a reboot. */
async function mends(): Promise<string> {
  const version = await deploysNext();
  succeeded(await scene.project.run("status", "production"));
  await host.powerCut();
  assert.ok(await firstAnswer(scene.lab, "h1"), "nothing serves after a reboot");
  const live = await host.live();
  assert.is(await served(scene.lab, "h1"), `${version} ${live}`);
  assert.is(
    await host.say("systemctl is-active link-shortener@blue link-shortener@green | sort || :"),
    "active\ninactive\n",
  );
  return version;
}

async function deploysNext(...flags: readonly string[]): Promise<string> {
  count += 1;
  succeeded(await scene.project.deploy(`v${count}`, ...flags));
  return `v${count}`;
}

/** Two deploys' worth of history, so that both slots hold a release; then all is normal. */
async function normal(): Promise<{ readonly live: Variant; readonly idle: Variant }> {
  await deploysNext();
  if (count < 2) await deploysNext();
  const live = await host.live();
  return { live, idle: live === "blue" ? "green" : "blue" };
}

const url = (path: string): string => `http://${scene.lab.hosts[0]?.address}${path}`;
const flatOut = (): Load =>
  startLoad({
    requests: [{ url: url("/healthz") }, { url: url("/slow?ms=300") }],
    connections: 8,
    pause: 5,
    retryClosed: true,
  });

async function nothingLost(load: Load): Promise<void> {
  const counts = await load.stop();
  assert.is(describeFailures(counts), "no request failed", JSON.stringify(counts.failures));
  assert.ok(counts.good > 0);
}

test("after `setup`, which wrote the file, a first deploy goes into blue", async () => {
  assert.is(await host.say("cat /opt/link-shortener/backend.conf"), "server 127.0.0.1:8001;\n");
  const version = await deploysNext();
  assert.is(await served(scene.lab, "h1"), `${version} blue`);
});

test("normal: the deploy goes into the other slot, with nothing to repair", async () => {
  const { live, idle } = await normal();
  const { stdout } = succeeded(await scene.project.run("plan", "production", "--version", "any"));
  assert.not.match(stdout, /repairs:|recover:/);
  const version = await deploysNext();
  assert.is(await served(scene.lab, "h1"), `${version} ${idle}`);
  assert.is.not(idle, live);
});

test("killed between the swap of the file and the reload: no request is lost while the next run proves it", async () => {
  const { idle } = await normal();
  await host.unit("start", idle);
  await host.unit("enable", idle);
  await host.pointFile(idle);
  const load = flatOut();
  const { stdout } = succeeded(await scene.project.run("plan", "production", "--version", "any"));
  assert.match(stdout, "repairs: reload nginx until it is proven, record what is live");
  await deploysNext();
  await nothingLost(load);
  await mends();
});

test("killed between the reload and the record: no request is lost", async () => {
  const { idle } = await normal();
  await host.unit("start", idle);
  await host.unit("enable", idle);
  await host.pointFile(idle);
  await host.reload();
  const load = flatOut();
  await deploysNext();
  await nothingLost(load);
  await mends();
});

test("killed before the switch, both run: no request is lost", async () => {
  const { idle } = await normal();
  await host.unit("start", idle);
  await host.unit("enable", idle);
  const load = flatOut();
  await deploysNext();
  await nothingLost(load);
  await mends();
});

test("a slow download that old workers fetch from the idle slot survives the next deploy's start", async () => {
  const { live, idle } = await normal();
  await host.unit("start", idle);
  await host.pointFile(idle);
  await host.reload();
  const download = fetch(url("/stream?seconds=6")).then(
    async (answer) => `${answer.headers.get("x-variant")} ${(await answer.text()).slice(-4)}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  await host.pointFile(live);
  await host.reload();
  await deploysNext();
  assert.is(await download, `${idle} end\n`);
});

test("a slow upload that an old worker is still reading for the idle slot survives it, too", async () => {
  const { live, idle } = await normal();
  await host.unit("start", idle);
  await host.pointFile(idle);
  await host.reload();
  // nginx reads a body before it connects to the app, by the configuration that the request came in under.
  const slow = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (let chunk = 0; chunk < 12; chunk += 1) {
        controller.enqueue(new Uint8Array(1000));
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      controller.close();
    },
  });
  const upload = fetch(url("/echo"), { method: "POST", body: slow, duplex: "half" }).then(
    async (answer) => `${answer.status} ${await answer.text()}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  await host.pointFile(live);
  await host.reload();
  await deploysNext();
  assert.is(await upload, '200 {"bytes":12000}\n');
});

test("the file names a slot that is down while the other one runs: pointed there at once, and live", async () => {
  const { live, idle } = await normal();
  await host.unit("start", idle);
  await host.unit("stop", live);
  const { stdout } = succeeded(await scene.project.run("plan", "production", "--version", "any"));
  assert.match(
    stdout,
    "repairs: point nginx at the variant that runs, reload nginx until it is proven, record what is live",
  );
  const version = await deploysNext();
  assert.is(await served(scene.lab, "h1"), `${version} ${live}`);
  await mends();
});

test("killed while it points nginx at the slot that runs, it is no normal host for the next run", async () => {
  const { live, idle } = await normal();
  await host.unit("start", idle);
  await host.unit("stop", live);
  await host.say(`echo ${idle} >/opt/link-shortener/variant`);
  assert.match(await served(scene.lab, "h1"), /^502/);
  // The client dies when the file is swapped and nginx not reloaded yet; ptrace would stop it there, we look at the order.
  const client = startClient(["run", "production", "--version", "dies"], scene.project.directory);
  await client.reaches(({ task, text }) => task === "recover:reload" && text.includes("nginx -t"));
  client.kill();
  await client.ended;
  const recorded = await host.say("cat /opt/link-shortener/variant || echo none");
  assert.is.not(recorded, `${idle}\n`, "the record agrees with the file before nginx is proven to");
  await mends();
});

test("power cut between switch and enable: after the boot the slot that started is taken, and all is mended", async () => {
  const { live, idle } = await normal();
  await host.unit("start", idle);
  await host.pointFile(idle);
  await host.reload();
  await host.powerCut();
  assert.is(
    await host.say(`systemctl is-active link-shortener@${live} link-shortener@${idle} || :`),
    "active\ninactive\n",
  );
  await mends();
});

test("the live app has crashed and does not come up: the hotfix goes out, and it is said that nothing serves", async () => {
  const { live } = await normal();
  // At each of its starts it would be active for a moment: here the pause before the next one outlasts the test.
  const pause = "/run/systemd/system/link-shortener@.service.d";
  await host.say(
    `mkdir ${pause} && printf '[Service]\\nRestartSec=1h\\n' >${pause}/pause.conf && systemctl daemon-reload
     systemctl kill -s KILL link-shortener@${live}
     until systemctl show -p SubState --value link-shortener@${live} | grep -qx auto-restart; do sleep 0.05; done`,
  );
  const version = `v${(count += 1)}`;
  const { stdout } = succeeded(await scene.project.deploy(version));
  assert.match(stdout, `the live variant ${live} is DOWN: no request is served`);
  assert.match(await served(scene.lab, "h1"), `${version} `);
  assert.is(await host.say(`systemctl is-active link-shortener@${live} || :`), "inactive\n");
  await host.say(`rm -r ${pause} && systemctl daemon-reload`);
  await mends();
});

test("the live app was stopped: the next deploy goes out", async () => {
  const { live } = await normal();
  await host.unit("stop", live);
  await mends();
});

test("the record is gone: the file and a proven reload tell, and it is written again", async () => {
  await normal();
  await host.say("rm /opt/link-shortener/variant");
  const load = flatOut();
  await deploysNext();
  await nothingLost(load);
  await mends();
});

test("a deploy that fails after a crash before the switch leaves exactly the live variant to start at boot", async () => {
  const { live, idle } = await normal();
  await host.unit("start", idle);
  await host.unit("enable", idle);
  await scene.project.write({
    hosts: ["h*"],
    settings: debugSettings(`health: { http: "/healthz", expect: 204, timeout: "1s" },`),
  });
  ended(await scene.project.deploy("bad"), 1);
  await scene.project.write({ hosts: ["h*"], settings: debugSettings() });
  succeeded(await scene.project.run("status", "production"));
  await host.powerCut();
  assert.ok(await firstAnswer(scene.lab, "h1"));
  assert.is(
    await host.say(`systemctl is-active link-shortener@${live} link-shortener@${idle} || :`),
    "active\ninactive\n",
  );
  await mends();
});

test("after a crash between switch and record, a rollback goes to the version that was live before", async () => {
  await normal();
  const before = (await served(scene.lab, "h1")).split(" ")[0];
  await scene.project.build("crashed");
  const client = startClient(["run", "production", "--version", "crashed"], scene.project.directory);
  assert.ok(await client.reaches(({ task }) => task === "release:record"));
  client.kill();
  await client.ended;
  await host.powerCut(); // whatever the host's shell was about to write
  assert.ok(await firstAnswer(scene.lab, "h1"));
  assert.match(await served(scene.lab, "h1"), "crashed ");
  succeeded(await scene.project.run("rollback", "production"));
  assert.is((await served(scene.lab, "h1")).split(" ")[0], before);
  await mends();
});

const unclear = {
  "backend.conf is gone": "mv backend.conf /tmp/kept",
  "backend.conf names two servers": "cp backend.conf /tmp/kept; echo 'server 127.0.0.1:8003;' >>backend.conf",
  "backend.conf names a port of neither": "cp backend.conf /tmp/kept; echo 'server 127.0.0.1:9999;' >backend.conf",
  "backend.conf is no list of servers": "cp backend.conf /tmp/kept; echo '# mended by hand' >backend.conf",
};

for (const [why, command] of Object.entries(unclear)) {
  test(`${why}: refused with what was read, and nothing is touched`, async () => {
    await normal();
    await host.say(`cd /opt/link-shortener && ${command}`);
    const before = await host.whole();
    const { stderr } = ended(await scene.project.deploy("refused"), 2);
    assert.match(
      stderr,
      /cannot tell which variant is live: backend.conf .*, blue is \w+, green is \w+, the last recorded is \w+/,
    );
    assert.is(await host.whole(), before);
    await host.say(
      "mv /tmp/kept /opt/link-shortener/backend.conf; chown deploy:deploy /opt/link-shortener/backend.conf",
    );
  });
}

test.run();
