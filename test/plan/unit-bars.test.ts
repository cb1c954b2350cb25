import { test } from "uvu";
import * as assert from "uvu/assert";
import { hostNotes } from "../../lib/plan/host-notes.ts";
import { preflight } from "../../lib/plan/preflight.ts";
import type { FactsOptions } from "../support/target.ts";
import { aTarget } from "../support/target.ts";

const load = { bytes: 0, files: 0 };
const running = { active: "active", enabled: true, pid: 100 };
const dead = { active: "inactive", enabled: false, pid: 0 };
const unit = "[Service]\nEnvironmentFile=/opt/shop/environment-%i\n";
const host = (facts: FactsOptions): ReturnType<typeof aTarget> =>
  aTarget({ live: "blue", facts: { ...facts, files: { unit, ...facts.files } } });
const notes = (facts: FactsOptions): readonly string[] => hostNotes(host(facts));

test("status tells that a live variant that is masked does not come back", () => {
  const maskedBy = "/etc/systemd/system/shop@blue.service";
  assert.equal(notes({ units: { blue: { ...running, maskedBy }, green: dead } }), [
    "after a reboot nothing would serve: shop@blue.service is masked (/etc/systemd/system/shop@blue.service leads to /dev/null), so systemd refuses to start it. Unmask it: sudo systemctl unmask shop@blue.service",
  ]);
});

test("status tells that nothing is served while nginx is stopped", () => {
  const units = { blue: running, green: dead };
  assert.equal(notes({ units, nginx: { active: false } }), [
    "nginx is not running: NO REQUEST IS SERVED. Start it: sudo systemctl start nginx",
  ]);
  assert.equal(notes({ units }), []);
});

test("and that one has lost its environment; not where its unit, of another tool, reads none of ours", () => {
  const units = { blue: { ...running, lacksEnvironment: true }, green: dead };
  assert.equal(notes({ units }), [
    "after a reboot nothing would serve: /opt/shop/environment-blue is missing, and shop@blue.service cannot start without it. To start the live release in the other variant: bgdeploy restart <stage>",
  ]);
  assert.equal(notes({ units, files: { unit: "[Service]\nExecStart=/srv/shop\n" } }), []);
});

test("a run does not begin where its own variant is masked, and does where the other one is: it moves away from there", () => {
  const maskedBy = "/run/systemd/system/shop@green.service";
  assert.equal(preflight([host({ units: { blue: running, green: { ...dead, maskedBy } } })], load, "production"), [
    "h1: shop@green.service is masked (/run/systemd/system/shop@green.service leads to /dev/null), so systemd refuses to start it. Unmask it: sudo systemctl unmask --runtime shop@green.service",
  ]);
  const lacking = host({ units: { blue: { ...running, lacksEnvironment: true }, green: dead } });
  assert.equal(preflight([lacking], load, "production"), []);
});

test.run();
