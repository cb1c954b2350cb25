import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene } from "../support/e2e.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";
import { startClient } from "./support/client.ts";
import { gatedHook, makeGate } from "./support/gate.ts";
import { versioned } from "./support/versioned.ts";

const test = labSuite("two first runs at once");
let scene: Scene;
let other: Project;
const [there, back] = [
  ["root-h1", "root-h2", "root-h3"],
  ["root-h3", "root-h2", "root-h1"],
];
test.before(async () => {
  scene = await aScene("first-runs", { machines: 3, hosts: there, setUp: false, files: versioned });
  other = await aProject({ lab: scene.lab, hosts: back, files: versioned });
});
test.after(async () => {
  await other.remove();
  await scene.end();
});

for (const round of [1, 2, 3]) {
  test(`started together over hosts that have nothing to lock yet, one is refused and one runs, round ${round}`, async () => {
    await Promise.all(
      scene.hosts.map((host) =>
        scene.lab.exec(
          host,
          "systemctl stop link-shortener@blue; rm -rf /opt/link-shortener /etc/systemd/system/link-*",
        ),
      ),
    );
    const [start, gate] = [makeGate(scene.project, "start"), makeGate(scene.project, "hook")];
    start.shut();
    gate.shut();
    const settings = `...(await ${start.source}), ${gatedHook(gate)}`;
    await scene.project.write({ hosts: there, settings });
    await other.write({ hosts: back, settings });
    const clients = [scene.project, other].map((project) => startClient(project, ["run", "production"]));
    start.open();
    const { code } = await Promise.race(clients.map((client) => client.ended));
    gate.open();
    const ends = await Promise.all(clients.map((client) => client.ended));
    const said = ends.map(({ stdout, stderr }) => stdout + stderr).join("\n");
    assert.is(code, 4, said);
    assert.equal(ends.map((end) => `${end.code}`).toSorted(), ["0", "4"], said);
    assert.equal(ends.filter(({ stdout }) => stdout.includes("at the gate")).length, 1);
  });
}

test.run();
