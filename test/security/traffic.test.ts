import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { quote, rawLine, sh } from "../../lib/model/shell.ts";
import { strangerSource } from "../../host/stranger.ts";
import { hexOf, listenersLine } from "../../lib/model/stranger.ts";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { endTheft, startTheft } from "./support/thief.ts";

// A port is free for a moment whenever its app crashes, and then anybody's: it cannot be kept, but it is found out.
const test = labSuite("traffic, by ports");
let scene: Scene;
test.before(async () => {
  scene = await aScene("traffic", { settings: plain });
  succeeded(await scene.project.deploy("v1"));
});
test.after.each(() => endTheft(scene.lab, "h1"));
test.after(() => scene.end());

const plain = "sandbox: false,";
const stranger = /A STRANGER LISTENS: 127\.0\.0\.1:800[12], .* belongs to nobody \(uid 65534\)/;

for (const host of ["private-h1", "root-h1"]) {
  const by = host === "root-h1" ? "root" : "the deploy user";

  test(`${by}: another user who answers in place of a new variant that starts slowly gets no visitor`, async () => {
    const before = await served(scene.lab, "h1");
    const next = before.endsWith("blue") ? 8002 : 8001;
    await scene.project.write({
      hosts: [host],
      settings: `${plain} env: { LINK_SHORTENER_START_DELAY_MS: "4000" },`,
    });
    const deploying = scene.project.deploy("v2");
    await until(`systemctl is-active link-shortener@${next === 8002 ? "green" : "blue"}`);
    await startTheft(scene.lab, "h1", [next]);
    const seen = new Set<string>();
    const watching = setInterval(() => void served(scene.lab, "h1").then((answer) => seen.add(answer)), 50);
    const deployed = await deploying;
    clearInterval(watching);
    const { stdout } = ended(deployed, 1);
    assert.match(stdout, `A STRANGER LISTENS: 127.0.0.1:${next}, where link-shortener@`);
    assert.match(stdout, "belongs to nobody (uid 65534)");
    assert.equal([...seen], [before]);
  });

  test(`${by}: who took the port of a crashed live variant is told by status, doctor and run, and loses it to the next deploy`, async () => {
    await scene.project.write({ hosts: [host], settings: plain });
    const live = (await served(scene.lab, "h1")).endsWith("blue") ? "blue" : "green";
    await startTheft(scene.lab, "h1", [live === "blue" ? 8001 : 8002]);
    await said(scene.lab, "h1", `systemctl kill -s KILL link-shortener@${live}`);
    await stolen();
    const status = ended(await scene.project.run("status", "production"), 1);
    assert.match(status.stdout, stranger);
    assert.match(status.stdout, "Which it is: sudo ss -ltnp 'sport = :800");
    assert.match(ended(await scene.project.run("doctor", "production"), 1).stdout, stranger);
    const run = succeeded(await scene.project.deploy(`v3-${by.replaceAll(" ", "-")}`));
    assert.match(run.stdout, stranger);
    assert.match(await served(scene.lab, "h1"), "v3");
    succeeded(await scene.project.run("status", "production"));
  });
}

test("workers that a unit's main process starts as another user are no strangers, and are told from those outside", async () => {
  const listen = `/usr/local/bin/node -e 'require("node:http").createServer().listen(8100, "127.0.0.1")'`;
  const look = sh`${rawLine(strangerSource)}\nbg_stranger ${hexOf(8100)} workers.service "" < <(${listenersLine(8100)}) && echo "$bg_who" || echo none`;
  const start = (unit: string, user: string): Promise<string> =>
    said(
      scene.lab,
      "h1",
      `systemd-run -q --unit=${unit} sh -c ${quote(`runuser -u ${user} -- ${listen} & wait`)}; for i in $(seq 100); do ss -Hltn 'sport = :8100' | grep -q . && exit; sleep 0.1; done; false`,
    );
  await said(scene.lab, "h1", "systemctl stop workers.service 2>/dev/null; true");
  await start("workers", "deploy");
  assert.is(await said(scene.lab, "h1", `bash -c ${quote(look.raw)}`), "none\n");
  await said(scene.lab, "h1", "systemctl stop workers.service");
  await start("others", "deploy");
  assert.is(await said(scene.lab, "h1", `bash -c ${quote(look.raw)}`), "deploy (uid 1000)\n");
  await said(scene.lab, "h1", "systemctl stop others.service");
});

async function until(command: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if ((await scene.lab.exec("h1", command)).code === 0) return;
    await wait(50);
  }
  throw new Error(`never: ${command}`);
}

async function stolen(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await served(scene.lab, "h1")).startsWith("stolen")) return;
    await wait(50);
  }
  throw new Error("the port was not taken: the attack itself does not work");
}

test.run();
