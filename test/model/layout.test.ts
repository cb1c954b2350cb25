import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeLayout } from "../../lib/model/layout.ts";

test("every path of an app stands where the spec and its program have it", () => {
  const layout = makeLayout("link-shortener", "/opt/link-shortener");
  const paths = Object.fromEntries(Object.entries(layout).filter(([, path]) => typeof path === "string"));
  assert.equal(paths, {
    destination: "/opt/link-shortener",
    versions: "/opt/link-shortener/versions",
    current: "/opt/link-shortener/versions/current",
    backend: "/opt/link-shortener/backend.conf",
    backends: "/opt/link-shortener/backends.conf",
    variant: "/opt/link-shortener/variant",
    liveGreen: "/opt/link-shortener/live-green",
    maintenance: "/opt/link-shortener/maintenance.html",
    unit: "/etc/systemd/system/link-shortener@.service",
    helper: "/usr/local/lib/bgdeploy/link-shortener",
    rooted: "/etc/bgdeploy/link-shortener",
    ownBackend: "/opt/link-shortener/backend.conf",
    state: "/opt/link-shortener/.bgdeploy",
    lock: "/opt/link-shortener/.bgdeploy/lock.json",
    journal: "/opt/link-shortener/.bgdeploy/journal.ndjson",
    workers: "/opt/link-shortener/.bgdeploy/workers",
    proven: "/opt/link-shortener/.bgdeploy/proven",
    vhost: "/etc/nginx/sites-available/link-shortener.conf",
    vhostLink: "/etc/nginx/sites-enabled/link-shortener.conf",
    sudoers: "/etc/sudoers.d/link-shortener-bgdeploy",
    hold: "/opt/link-shortener/.bgdeploy/hold",
    freeze: "/opt/link-shortener/.bgdeploy/freeze.json",
    maintenanceNote: "/opt/link-shortener/.bgdeploy/maintenance.json",
    warm: "/opt/link-shortener/.bgdeploy/warm",
    restarts: "/opt/link-shortener/.bgdeploy/restarts",
    interrupt: "/opt/link-shortener/.bgdeploy/interrupt",
    committed: "/opt/link-shortener/.bgdeploy/committed",
    downloads: "/opt/link-shortener/.bgdeploy/downloads",
    unanswered: "/opt/link-shortener/.bgdeploy/unanswered",
  });
  assert.is(layout.release("ID"), "/opt/link-shortener/versions/ID");
  assert.is(layout.partial("ID"), "/opt/link-shortener/versions/.ID.partial");
  assert.is(layout.currentOf("blue"), "/opt/link-shortener/versions/current-blue");
  assert.is(layout.environment("green"), "/opt/link-shortener/environment-green");
  assert.is(layout.unitEnvironment("green"), "/opt/link-shortener/environment-green");
  assert.is(layout.service("green"), "link-shortener@green.service");
  assert.is(layout.hook("pre.sh"), "/opt/link-shortener/.bgdeploy/hooks/pre.sh");
  assert.equal(layout.record("ID"), {
    status: "/opt/link-shortener/.bgdeploy/releases/ID.json",
    environment: "/opt/link-shortener/.bgdeploy/releases/ID.env",
    unit: "/opt/link-shortener/.bgdeploy/releases/ID.service",
    sums: "/opt/link-shortener/.bgdeploy/releases/ID.sha256",
    tree: "/opt/link-shortener/.bgdeploy/releases/ID.tree",
  });
});

test("where it is strict, what root reads is root's, and the rest is where it was", () => {
  const [layout, plain] = [makeLayout("shop", "/srv/shop", true), makeLayout("shop", "/srv/shop")];
  assert.is(layout.backend, "/etc/bgdeploy/shop/backend.conf");
  assert.is(layout.unitEnvironment("%i"), "/etc/bgdeploy/shop/environment-%i");
  assert.is(layout.environment("blue"), plain.environment("blue"));
  const differs = Object.keys(plain).filter((key) => {
    const [one, other] = [Reflect.get(plain, key), Reflect.get(layout, key)];
    return typeof one !== "function" && one !== other;
  });
  assert.equal(differs, ["strict", "backend"]);
});

test("sudo reads the file of an app whose name has a dot", () => {
  assert.is(makeLayout("shop.v2", "/opt/shop").sudoers, "/etc/sudoers.d/shop_v2-bgdeploy");
});

test.run();
