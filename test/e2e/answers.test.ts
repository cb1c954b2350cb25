import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";
import { answerOf } from "../support/json-lines.ts";

const secret = "S3cret-of-the-house";
const test = labSuite("the answers of --json");
let scene: Scene;
test.before(async () => {
  const settings = `secrets: ["TOKEN"], domain: "links.example",`;
  scene = await aScene("answers", { hosts: ["h1"], settings, env: { TOKEN: secret, USER: "ada" } });
  succeeded(await scene.project.deploy("v1"));
  succeeded(await scene.project.deploy("v2"));
});
test.after(() => scene.end());

/** The answer of a command for production, without what each run of the tests has other. */
async function answer(words: readonly string[], code = 0): Promise<object> {
  const { stdout, stderr } = ended(await scene.project.run(...words, "--json"), code);
  assert.not.match(stdout + stderr, secret);
  const text = JSON.stringify(answerOf(stdout))
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z| UTC)/g, "TIME")
    .replaceAll(/\d{4}(_\d\d){2}T\d\d_\d\d_\d\d/g, "ID")
    .replaceAll(JSON.stringify(scene.project.directory).slice(1, -1), "DIR");
  return JSON.parse(text);
}

const good = {
  v: 1,
  stage: "production",
  unreachable: [],
  exitCode: 0,
  outcome: "done",
  problems: [],
  next: [],
};
const v1 = { release: "ID-v1", variant: "blue" };
const v2 = { release: "ID-v2", variant: "green" };

test("status", async () => {
  const h1 = {
    host: "h1",
    state: "live",
    live: v2,
    since: "TIME",
    units: { blue: "inactive", green: "active" },
    boot: ["green"],
    lock: "free",
    problems: [],
  };
  assert.equal(await answer(["status", "production"]), { ...good, type: "status", hosts: [h1] });
  await said(scene.lab, "h1", "systemctl stop link-shortener@green");
  const down = await answer(["status", "production"], 1);
  await said(scene.lab, "h1", "systemctl start link-shortener@green");
  const problem = "the live variant green is DOWN: no request is served";
  const all = JSON.stringify(down);
  assert.ok(all.includes(problem), all);
});

test("releases", async () => {
  const releases = [
    { host: "h1", release: "ID-v2", status: "live", variants: ["green"] },
    { host: "h1", release: "ID-v1", status: "previous", variants: ["blue"] },
  ];
  assert.equal(await answer(["releases", "production"]), { ...good, type: "releases", releases });
});

test("audit", async () => {
  const from = (await said(scene.lab, "h1", "tail -n 1 /opt/link-shortener/.bgdeploy/journal.ndjson")).match(
    /"from":"([^"]*)"/,
  )?.[1];
  const run = (slot: object): object => ({
    at: "TIME",
    who: "ada",
    from,
    action: "run",
    hosts: [{ host: "h1", ...slot, outcome: "live" }],
  });
  assert.equal(await answer(["audit", "production"]), { ...good, type: "audit", runs: [run(v2), run(v1)] });
});

test("plan: every step with its commands and its undo; the same with --dry-run", async () => {
  const planned = await answer(["plan", "production", "--version", "v3"]);
  const { phases, ...rest } = { phases: [], ...planned };
  const to = { release: "ID-v3", variant: "blue" };
  const hosts = [{ host: "h1", from: v2, to }];
  assert.equal(rest, { ...good, type: "plan", release: "ID-v3", hosts, warnings: [] });
  const steps = phases.flatMap(({ steps: some }: { readonly steps: readonly object[] }) => some);
  const reload = "sudo systemctl reload nginx";
  const step = steps.find((each) => JSON.stringify(each).includes('"nginx:switch"'));
  assert.equal(Object.keys(step ?? {}), ["host", "task", "title", "commands", "undo"]);
  assert.is(JSON.stringify(step).split(reload).length, 3);
  const dry = await answer(["run", "production", "--version", "v3", "--dry-run"]);
  assert.equal({ ...dry, phases }, planned);
  const back = { ...(await answer(["rollback", "production", "--dry-run"])), phases };
  const to1 = [{ host: "h1", from: v2, to: v1 }];
  assert.equal(back, { ...good, type: "plan", release: "ID-v1", hosts: to1, phases, warnings: [] });
});

test("lock and unlock", async () => {
  const locked = await answer(["lock", "production", "-m", "audit\u001B[2J"]);
  const { hosts, ...rest } = { hosts: [{ host: "", message: "" }], ...locked };
  assert.equal(rest, { ...good, type: "lock" });
  assert.equal(
    hosts.map(({ host }) => host),
    ["h1"],
  );
  assert.match(hosts[0]?.message ?? "", /: audit$/);
  assert.equal(await answer(["unlock", "production"]), { ...good, type: "unlock", hosts });
  assert.equal(await answer(["unlock", "production"]), { ...good, type: "unlock", hosts: [] });
});

test("tasks", async () => {
  const { tasks, ...rest } = { tasks: [{ task: "", undo: "" }], ...(await answer(["tasks", "production"])) };
  assert.equal(rest, { ...good, type: "tasks" });
  const of = (name: string): object | undefined => tasks.find(({ task }) => task === name);
  assert.equal(of("upload:send"), {
    task: "upload:send",
    title: "send the release",
    barrier: false,
    once: false,
    undo: "commands",
  });
});

for (const [verb, path, has] of [
  ["vhost", "/etc/nginx/sites-available/link-shortener.conf", "server_name links.example;"],
  ["unit", "/etc/systemd/system/link-shortener@.service", "[Service]"],
  ["sudoers", "/etc/sudoers.d/link-shortener-bgdeploy", "NOPASSWD"],
] as const) {
  test(`${verb}: the path and the text, as without --json`, async () => {
    const { stdout } = succeeded(await scene.project.run(verb, "production"));
    assert.equal(await answer([verb, "production"]), { ...good, type: verb, path, text: stdout });
    assert.ok(stdout.includes(has), stdout);
  });
}

test("open: the URL", async () =>
  assert.equal(await answer(["open", "production"]), { ...good, type: "open", url: "http://links.example/" }));

test("env: what the next deploy writes, and no value of a secret", async () => {
  const { hosts, ...rest } = { hosts: [{ variables: [{ name: "" }] }], ...(await answer(["env", "production"])) };
  assert.equal(rest, { ...good, type: "env" });
  const [first] = hosts;
  assert.equal({ ...first, variables: [] }, { host: "h1", live: v2, variables: [] });
  const named = (name: string): object | undefined => first?.variables.find((each) => each.name === name);
  assert.equal(
    [named("TOKEN"), named("PORT")],
    [
      { name: "TOKEN", value: null, change: "same" },
      { name: "PORT", value: "8001", change: "same" },
    ],
  );
  const { stdout } = ended(
    await scene.project.runWith({ TOKEN: "An0ther-secret" }, "env", "production", "--diff", "--json"),
    0,
  );
  assert.not.match(stdout, /S3cret|An0ther/);
  const changed = [{ name: "TOKEN", value: null, change: "changed" }];
  const { hosts: differ } = { hosts: [{ variables: [] }], ...answerOf(stdout) };
  assert.equal(differ[0]?.variables, changed);
});

test("doctor: all that was found, here and on the host, with its commands", async () => {
  await said(scene.lab, "h1", "systemctl disable link-shortener@green");
  const bad = await answer(["doctor", "production"], 1);
  const { places, ...rest } = { places: [{ where: "", host: "", findings: [{ level: "" }] }], ...bad };
  assert.equal(rest, { ...good, type: "doctor", exitCode: 1, outcome: "failed" });
  assert.equal(
    places.map(({ where, host }) => [where, host]),
    [
      ["here", null],
      ["host", "h1"],
      ["stage", null],
    ],
  );
  const found = places[1]?.findings.filter(({ level }) => level === "wrong");
  assert.equal(found, [
    {
      level: "wrong",
      message: "after a reboot nothing would start, but green is live",
      fixable: true,
      commands: [
        { on: "host", command: "sudo systemctl --no-reload enable link-shortener@green.service", fedBy: null },
      ],
    },
  ]);
  const fixed = JSON.stringify(await answer(["doctor", "production", "--fix", "--yes"]));
  assert.not.match(fixed, '"wrong"');
});

test("maintenance", async () => {
  const is = (on: boolean, changed: boolean): object => ({
    ...good,
    type: "maintenance",
    on,
    hosts: [{ host: "h1", changed }],
  });
  assert.equal(await answer(["maintenance", "production", "on"]), is(true, true));
  assert.equal(await answer(["maintenance", "production", "off"]), is(false, true));
  assert.equal(await answer(["maintenance", "production", "off"]), is(false, false));
});

test("prune: what would go, and what went", async () => {
  succeeded(await scene.project.deploy("v3"));
  const is = (deleted: boolean, releases: readonly string[], freed: number | null): object => ({
    ...good,
    type: "prune",
    deleted,
    hosts: [{ host: "h1", releases, freed }],
  });
  assert.equal(await answer(["prune", "production", "--keep", "2", "--dry-run"]), is(false, ["ID-v1"], null));
  const done = await answer(["prune", "production", "--keep", "2", "--yes"]);
  const [{ freed } = { freed: 0 }] = { hosts: [{ freed: 0 }], ...done }.hosts;
  assert.ok(freed > 0);
  assert.equal(done, is(true, ["ID-v1"], freed));
  assert.equal(await answer(["prune", "production", "--keep", "2", "--yes"]), is(true, [], 0));
});

test("where there is no answer: an error, with its exit code", async () => {
  const { stdout } = ended(await scene.project.run("status", "production", "--only", "h9", "--json"), 2);
  const { problems, ...rest } = { problems: [], ...answerOf(stdout) };
  const { problems: _problems, ...bad } = { ...good, exitCode: 2, outcome: "usage" };
  assert.equal(rest, { ...bad, type: "error", command: "status" });
  assert.match(problems.join("\n"), "h9");
});

test.run();
