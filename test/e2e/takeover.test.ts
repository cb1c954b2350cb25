import { rename } from "node:fs/promises";
import * as assert from "uvu/assert";
import { quote } from "../../lib/model/shell.ts";
import { labSuite } from "../lab/suite.ts";
import { ancestorData, ancestorDeploy, prepareForAncestor, writeAncestorSite } from "../support/ancestor.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { specSudoers, sudoLines } from "../support/by-hand.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served, visit } from "../support/hosts.ts";
import { describeFailures, startLoad } from "../support/load.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";

const env = { LINK_SHORTENER_DEBUG: "true", LINK_SHORTENER_DATA: ancestorData };

/** A host that the ancestor deploys to, and the flags that both tools are called with. */
type Case = {
  readonly machine: string;
  readonly host: string;
  readonly users: { readonly user?: string; readonly execUser?: string };
};

// h1 by a user with only the sudo rules of the spec, h2 by root.
const cases: readonly Case[] = [
  { machine: "h1", host: "h1", users: { user: "deploy", execUser: "link-shortener" } },
  { machine: "h2", host: "root-h2", users: {} },
];

const test = labSuite("taking over from the ancestor, and going back");
let scene: Scene;
let projects: ReadonlyMap<Case, Project>;
test.before(async () => {
  scene = await aScene("takeover", { machines: 2, setUp: false });
  // None of them may be read.
  const files = { "deploy.config.ts": 'throw new Error("this config was read");\n' };
  projects = new Map(
    await Promise.all(cases.map(async (each) => [each, await aProject({ lab: scene.lab, files })] as const)),
  );
});
test.after(async () => {
  for (const project of projects.values()) await project.remove();
  await scene.end();
});

/** One of the two tools on a case's host, in a project of its own. */
function toolsOf(each: Case): {
  readonly project: Project;
  readonly line: (version: string) => readonly string[];
  readonly ancestor: (version: string) => Promise<string>;
  readonly ours: (version: string) => Promise<Ended>;
} {
  const project = projects.get(each);
  if (!project) throw new Error("there is no project");
  const { host, users } = each;
  const { user, execUser } = users;
  const variables = Object.entries(env).flatMap(([name, value]) => ["-e", name, value]);
  const line = (version: string): readonly string[] => [
    "deploy",
    "-F",
    `-F ${scene.lab.sshConfig}`,
    "--health-check",
    ...(user === undefined ? [] : ["--user", user]),
    ...(execUser === undefined ? [] : ["--exec-user", execUser]),
    ...variables,
    "dist/",
    version,
    host,
  ];
  return {
    project,
    line,
    async ancestor(version) {
      await project.build(version);
      return ancestorDeploy({ lab: scene.lab, host, dist: `${project.directory}/dist`, version, env, ...users });
    },
    async ours(version) {
      await project.build(version);
      return project.run(...line(version));
    },
  };
}

/** Nothing that runs under this may lose a request. */
async function underLoad<T>({ machine }: Case, act: () => Promise<T>): Promise<T> {
  const address = `http://${scene.lab.hosts.find(({ name }) => name === machine)?.address}`;
  const requests = [{ url: `${address}/healthz` }, { url: `${address}/slow?ms=500` }];
  const load = startLoad({ requests, connections: 8, pause: 5, retryClosed: true });
  let done: T;
  try {
    done = await act();
  } finally {
    await load.stop();
  }
  const counts = await load.stop();
  assert.is(describeFailures(counts), "no request failed", JSON.stringify(counts.failures));
  assert.ok(counts.good > 20, `only ${counts.good} requests were answered`);
  return done;
}

/** A test on both hosts at once. */
function onBoth(title: string, act: (each: Case) => Promise<void>): void {
  test(title, async () => {
    await Promise.all(cases.map(act));
  });
}

onBoth("a host that the ancestor left is taken over under load, without a lost request", async (each) => {
  const { machine, users } = each;
  const { ancestor, ours } = toolsOf(each);
  const sudoers = specSudoers("link-shortener", "/opt/link-shortener");
  await prepareForAncestor(scene.lab, machine, users.user ?? "root", sudoers);
  await ancestor("v1");
  await writeAncestorSite(scene.lab, machine);
  const id = await ancestor("v2");
  assert.is(await served(scene.lab, machine), "v2 green");
  const { stdout } = await underLoad(each, async () => succeeded(await ours("v3.0")));
  assert.match(stdout, `v2 (green) → v3.0 (blue)`);
  assert.is(await served(scene.lab, machine), "v3.0 blue");
  const there = await said(
    scene.lab,
    machine,
    "cd /opt/link-shortener; cat variant backends.conf; readlink backends.conf versions/current versions/current-green; systemctl is-active link-shortener@green || :",
  );
  assert.is(
    there.replace(/\d{4}_\S+-v3\.0/, "V3"),
    `blue\nserver 127.0.0.1:8001;\nbackend.conf\nV3\n/opt/link-shortener/versions/${id}\ninactive\n`,
  );
  const [, asset = ""] = /(\/static\/[^"]+\.css)/.exec(await visit(scene.lab, machine, "/")) ?? [];
  assert.match(await visit(scene.lab, machine, asset), /^200 /);
});

onBoth("a config made of the same line goes back to the ancestor's release, under load", async (each) => {
  const { project, line } = toolsOf(each);
  const config = `${project.directory}/deploy.config.ts`;
  await rename(config, `${config}.away`);
  const words = ["raco", "koyo", ...line("v3.0")].map((word) => quote(word));
  succeeded(await project.run("init", "--from", words.join(" ")));
  succeeded(await underLoad(each, () => project.run("rollback", "production")));
  assert.is(await served(scene.lab, each.machine), "v2 green");
  succeeded(await project.run("plan", "production", "--version", "v4"));
  await rename(`${config}.away`, config);
});

onBoth("the ancestor deploys onto it again", async (each) => {
  await toolsOf(each).ancestor("v4");
  assert.is(await served(scene.lab, each.machine), "v4 blue");
});

onBoth("and bgdeploy takes it over once more, under load", async (each) => {
  await underLoad(each, async () => succeeded(await toolsOf(each).ours("v5.0")));
  assert.is(await served(scene.lab, each.machine), "v5.0 green");
  const units = "systemctl is-active link-shortener@blue link-shortener@green || :";
  assert.is(await said(scene.lab, each.machine, units), "inactive\nactive\n");
});

test("sudo refused nothing, and ran nothing that the spec does not name", async () => {
  assert.is(await said(scene.lab, "h1", "journalctl -q -t sudo -o cat | grep -c 'command not allowed' || :"), "0\n");
  const app = "link-shortener";
  const allowed = [
    `/bin/chown -R deploy:www-data /opt/${app}`,
    "/bin/systemctl daemon-reload",
    "/bin/systemctl reload nginx",
    ...["start", "stop"].flatMap((verb) =>
      ["blue", "green"].map((slot) => `/bin/systemctl ${verb} ${app}@${slot}.service`),
    ),
    `/usr/bin/tee /etc/systemd/system/${app}@.service`,
  ];
  const ran = new Set(await sudoLines(scene.lab, "h1"));
  assert.equal([...ran].toSorted(), allowed.toSorted());
});

test.run();
