import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { until } from "../lock/support/until.ts";
import { versioned } from "../lock/support/versioned.ts";
import { fleet } from "./support.ts";

const test = labSuite("choice of hosts");
let scene: Scene;
test.before(async () => {
  const hosts = [
    { name: "private-h1", roles: ["web", "db"] },
    { name: "private-h2", roles: ["web"] },
    { name: "private-h3", roles: ["worker"] },
  ];
  scene = await aScene("choice", { machines: 3, hosts, files: versioned });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const versions = async (): Promise<readonly (string | undefined)[]> =>
  (await fleet(scene)).map((each) => each.split(" ")[0]);

const rows: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    ["--only", "private-h2"],
    ["v1", "v2", "v1"],
  ],
  [
    ["--except", "private-h2"],
    ["v3", "v2", "v3"],
  ],
  [
    ["--role", "web"],
    ["v4", "v4", "v3"],
  ],
  [
    ["--role", "db", "--role", "worker"],
    ["v5", "v4", "v5"],
  ],
  [
    ["--role", "web", "--except", "private-h1"],
    ["v5", "v6", "v5"],
  ],
];

for (const [index, [flags, after]] of rows.entries()) {
  test(`${flags.join(" ")}: these hosts get the release, the others are not even asked`, async () => {
    const before = await versions();
    const version = `v${index + 2}`;
    const { stdout } = succeeded(await scene.project.deploy(version, ...flags));
    assert.equal(await versions(), after);
    // The way back is for the same hosts, and so repeats the choice.
    const [goBack = "", chosen = ""] = /^To roll back: bgdeploy rollback production (.*)$/m.exec(stdout) ?? [];
    assert.equal(chosen.split(" ").toSorted(), flags.toSorted());
    const said = stdout.replace(goBack, "");
    for (const [at, is] of after.entries()) {
      if (is === before[at]) assert.not.match(said, `private-h${at + 1}`);
    }
  });
}

test("a host that is dead does not block the others: --except leaves it out", async () => {
  await scene.lab.kill("h3");
  succeeded(await scene.project.deploy("v8", "--except", "private-h3"));
  await scene.lab.boot("h3");
  // Its app takes a moment longer than its nginx.
  await until(async () => (await versions()).filter((each) => each === "502"));
  assert.equal(await versions(), ["v8", "v8", "v5"]);
});

for (const [flags, why] of [
  [["--only", "private-h9"], /--only private-h9: no such host in stage "production"/],
  [["--except", "nobody"], /--except nobody: no such host in stage "production"/],
  [["--role", "wbe"], /--role wbe: no host of stage "production" has this role\. Did you mean "web"\?/],
  [["--except", "private-*"], /exclude all hosts of stage/],
  [["--role", "db", "--except", "private-h1"], /--role db/],
] as const) {
  test(`${flags.join(" ")} is refused before any host is asked`, async () => {
    const { stderr, stdout } = ended(await scene.project.run("run", "production", ...flags), 2);
    assert.is(stdout, "");
    assert.match(stderr, why);
  });
}

test("rollback, plan and status take the same choice", async () => {
  const plan = succeeded(await scene.project.run("plan", "production", "--role", "worker"));
  assert.not.match(plan.stdout, "private-h1");
  const status = succeeded(await scene.project.run("status", "production", "--only", "private-h3"));
  assert.not.match(status.stdout, "private-h1");
  succeeded(await scene.project.run("rollback", "production", "--only", "private-h1"));
  const [h1, ...others] = await versions();
  assert.not.equal(h1, "v8");
  assert.equal(others, ["v8", "v5"]);
});

test.run();
