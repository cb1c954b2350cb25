import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import type { LoadCounts } from "../support/load.ts";
import { startLoad } from "../support/load.ts";
import { endTheft, startTheft } from "./support/thief.ts";

const test = labSuite("traffic, by sockets");
let scene: Scene;
test.before(async () => {
  scene = await aScene("sockets", { hosts: ["h1"] });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const sockets = 'listen: "socket",';

async function configure(settings: string, host = "h1"): Promise<void> {
  await scene.project.write({ hosts: [host], settings });
}

/** Visitors while something is done: none may be lost. */
async function underLoad(act: () => Promise<unknown>): Promise<LoadCounts> {
  const origin = `http://${scene.lab.hosts[0]?.address}`;
  const reads = startLoad({
    requests: [{ url: `${origin}/healthz` }, { url: `${origin}/slow?ms=700` }],
    connections: 8,
    label: (headers) => String(headers["x-version"]),
    retryClosed: true,
  });
  // A POST is not sent again, so it must not meet nginx's keep-alive race: a connection for each.
  const uploads = startLoad({
    requests: [{ url: `${origin}/echo`, method: "POST", body: "x".repeat(20_000), bodyOver: 600 }],
    connections: 4,
    fresh: true,
  });
  try {
    await wait(300);
    await act();
    await wait(300);
  } finally {
    for (const load of [reads, uploads]) {
      const { failed, failures } = await load.stop();
      assert.equal([failed, failures], [0, []]);
    }
  }
  return reads.counts();
}

const debug = 'env: { ...example.env, LINK_SHORTENER_DEBUG: "true" },';

for (const host of ["h1", "root-h1"]) {
  test(`${host}: a host goes over from ports to sockets, on and back, and by rollbacks, without a lost request`, async () => {
    await configure(debug, host);
    const by = host.slice(0, 1);
    succeeded(await scene.project.deploy(`${by}-port`));
    const steps = [
      [`${debug} ${sockets} health: { http: "/healthz", command: true },`, `${by}-socket`],
      [`${debug} ${sockets} ${smokeTest}`, `${by}-again`],
      [debug, `${by}-back`],
    ] as const;
    for (const [settings, version] of steps) {
      await configure(settings, host);
      const { labels } = await underLoad(async () => succeeded(await scene.project.deploy(version)));
      assert.ok((labels.get(version) ?? 0) > 0, [...labels].join(" "));
      succeeded(await scene.project.run("status", "production"));
    }
    // The releases come back with the kind that they ran with, whatever the config says.
    for (const version of [`${by}-again`, `${by}-back`]) {
      await underLoad(async () => succeeded(await scene.project.run("rollback", "production", "--to", version)));
      assert.match(await served(scene.lab, "h1"), version);
      succeeded(await scene.project.run("status", "production"));
    }
    const backend = await said(scene.lab, "h1", "cat /opt/link-shortener/backend.conf");
    assert.match(backend, /^server 127\.0\.0\.1:800[12];\n$/);
  });
}

const smokeTest = `tasks: [upload(), systemd.install(), systemd.start(), health(), hooks.pre(hook("smoke", async ({ fetch, log }) => { const answer = await fetch("/healthz", { method: "GET" }); log("smoke " + answer.status + " " + (await answer.text()).length); if (!answer.ok) throw new Error("no"); })), nginx.switch(), systemd.stop(), prune()],`;

test("another user can neither listen in the app's place nor reach it, also while it has crashed", async () => {
  await configure(`${debug} ${sockets}`, "root-h1");
  succeeded(await scene.project.deploy("safe"));
  const [, variant] = (await served(scene.lab, "h1")).split(" ");
  const paths = ["blue", "green"].map((each) => `/run/link-shortener/${each}/app.sock`);
  assert.match(
    await said(
      scene.lab,
      "h1",
      `stat -c '%a %U:%G' /run/link-shortener /run/link-shortener/${variant} ${paths[variant === "blue" ? 0 : 1]}`,
    ),
    "755 root:root\n750 link-shortener:www-data\n770 link-shortener:www-data\n",
  );
  await startTheft(scene.lab, "h1", [...paths, 8001, 8002]);
  try {
    const seen = new Set<string>();
    for (let crash = 0; crash < 3; crash++) {
      await said(scene.lab, "h1", `systemctl kill -s KILL link-shortener@${variant}`);
      for (let look = 0; look < 40; look++) {
        seen.add(await served(scene.lab, "h1"));
        await wait(50);
      }
    }
    assert.equal(
      [...seen].filter((each) => !each.startsWith("502 ")),
      [`safe ${variant}`],
    );
    assert.ok(seen.size > 1, "it was down for a moment");
    const connect = `perl -MSocket -e 'socket(S,PF_UNIX,SOCK_STREAM,0);connect(S,pack_sockaddr_un(shift)) or print "$!"'`;
    assert.is(
      await said(scene.lab, "h1", `runuser -u nobody -- ${connect} /run/link-shortener/${variant}/app.sock`),
      "Permission denied",
    );
    succeeded(await scene.project.run("status", "production"));
    const { stdout } = await scene.project.run("doctor", "production", "--verbose");
    assert.match(stdout, "only the app can listen on its sockets");
    assert.not.match(stdout, "STRANGER");
    // Neither does it stand in the way of a deploy.
    succeeded(await scene.project.deploy("safe-2"));
    assert.match(await served(scene.lab, "h1"), "safe-2");
  } finally {
    await endTheft(scene.lab, "h1");
  }
});

test.run();
