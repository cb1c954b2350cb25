import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Ended } from "../support/bgdeploy.ts";
import { bgdeploy } from "../support/bgdeploy.ts";
import { answerOf } from "../support/json-lines.ts";

const secret = "S3cret-of-the-house";
const test = suite("config");
const directory = mkdtempSync(join(tmpdir(), "bgdeploy-config-"));
test.before(() => {
  writeFileSync(
    join(directory, "deploy.config.ts"),
    `export default {
      app: "shop",
      health: { http: "/healthz", timeout: "90s", headers: { "X-Api-Key": "k-123" } },
      env: { LOG_LEVEL: "info", NODE_NAME: ({ host, stage, app }) => [app, stage, host].join("/"), API_TOKEN: "t-123", URL: "http://" + process.env.TOKEN },
      unit: { Service: { MemoryMax: "1G", Nice: "5" } },
      stages: {
        production: {
          hosts: ["web*", { name: "web2", roles: ["worker"], ports: { blue: 9001, green: 9002 }, env: { LOG_LEVEL: "debug" } }],
          sshConfig: "ssh_config",
          secrets: ["TOKEN", "UNSET"],
          rolling: { batch: "25%" },
          unit: { Service: { Nice: "10" } },
        },
        staging: { hosts: ["s1"], prune: { keep: 3 } },
      },
    };
`,
  );
  writeFileSync(join(directory, "ssh_config"), "Host web1 web2\n");
});
test.after(() => rmSync(directory, { recursive: true }));

const run = (...words: readonly string[]): Promise<Ended> =>
  bgdeploy(["config", ...words], { cwd: directory, env: { TOKEN: secret } });

type Shown = readonly [key: string, value: unknown, from: string];
type Setting = { readonly key: string; readonly value: unknown; readonly from: string; readonly hidden: boolean };
type Host = { readonly name: string; readonly roles: readonly string[]; readonly settings: readonly Setting[] };
type Stage = { readonly name: string; readonly settings: readonly Setting[]; readonly hosts: readonly Host[] };

async function stages(...words: readonly string[]): Promise<readonly Stage[]> {
  const { code, stdout, stderr } = await run(...words, "--json");
  assert.equal([code, stderr], [0, ""]);
  assert.not.match(stdout, secret);
  const none: readonly Stage[] = [];
  const { stages: all, ...rest } = { stages: none, ...answerOf(stdout) };
  const file = join(directory, "deploy.config.ts");
  const end = { stage: null, unreachable: [], exitCode: 0, outcome: "done", problems: [], next: [] };
  assert.equal(rest, { v: 1, type: "config", file, ...end });
  return all;
}

const shown = (settings: readonly Setting[]): readonly Shown[] =>
  settings.map(({ key, value, from, hidden }) => [key, hidden ? "[hidden]" : value, from]);

test("every setting of a stage, with its defaults, and where it comes from", async () => {
  const [production, ...others] = await stages("production");
  assert.equal([production?.name, others], ["production", []]);
  const isWritten = ([, , from]: Shown): boolean => from !== "default";
  const all = shown(production?.settings ?? []);
  assert.equal(all.filter(isWritten), [
    ["app", "shop", "top"],
    ["secrets", ["TOKEN", "UNSET"], "stage"],
    ["health.http", "/healthz", "top"],
    ["health.headers.X-Api-Key", "[hidden]", "top"],
    ["health.timeout", "90s", "top"],
    ["rolling.batch", "25%", "stage"],
    ["unit.Service.MemoryMax", "1G", "top"],
    ["unit.Service.Nice", "10", "stage"],
    ["sshConfig", join(directory, "ssh_config"), "stage"],
  ]);
  const defaults = Object.fromEntries(all.filter((each) => !isWritten(each)).map(([key, value]) => [key, value]));
  const { dist, destination, user, sandbox } = defaults;
  assert.equal([dist, destination, user, sandbox], [join(directory, "dist"), "/opt/shop", null, true]);
  assert.equal([defaults["prune.olderThan"], defaults["prune.keep"], defaults["drain.timeout"]], ["30d", null, "30s"]);
  assert.equal([defaults["exec.flags"], defaults["health.expect"], defaults["rolling.pause"]], [[], 200, "0s"]);
});

test("hosts of a glob, and what one says for itself; no secret, whole or as a part", async () => {
  const [production] = await stages("production");
  const hidden = [
    ["env.API_TOKEN", "[hidden]", "top"],
    ["env.URL", "http://[secret]", "top"],
    ["env.TOKEN", "[hidden]", "stage"],
    ["env.UNSET", "[hidden]", "stage"],
  ];
  assert.equal(
    production?.hosts.map(({ name, roles, settings }) => [name, roles, shown(settings)]),
    [
      [
        "web1",
        [],
        [
          ["ports.blue", 8001, "default"],
          ["ports.green", 8002, "default"],
          ["env.LOG_LEVEL", "info", "top"],
          ["env.NODE_NAME", "shop/production/web1", "top"],
          ...hidden,
        ],
      ],
      [
        "web2",
        ["worker"],
        [
          ["ports.blue", 9001, "host"],
          ["ports.green", 9002, "host"],
          ["env.LOG_LEVEL", "debug", "host"],
          ["env.NODE_NAME", "shop/production/web2", "top"],
          ...hidden,
        ],
      ],
    ],
  );
});

test("--show shows what only looks secret; --only and --role choose hosts", async () => {
  const [production] = await stages("production", "--show", "--role", "worker");
  assert.equal(
    production?.hosts.map(({ name }) => name),
    ["web2"],
  );
  const values = shown(production?.hosts[0]?.settings ?? []).filter(([key]) => /TOKEN/.test(key));
  assert.equal(values, [
    ["env.API_TOKEN", "t-123", "top"],
    ["env.TOKEN", "[hidden]", "stage"],
  ]);
});

test("without a stage: all of them", async () => {
  const all = await stages();
  assert.equal(
    all.map(({ name }) => name),
    ["production", "staging"],
  );
  const prune = shown(all[1]?.settings ?? []).filter(([key]) => key.startsWith("prune"));
  assert.equal(prune, [
    ["prune.olderThan", null, "default"],
    ["prune.keep", 3, "stage"],
  ]);
});

test("for people: a line a setting, hosts that differ each in a block", async () => {
  const { code, stdout } = await run();
  assert.is(code, 0);
  assert.not.match(stdout, secret);
  const lines = stdout.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, "  "));
  for (const line of [
    "production: web1, web2",
    "health.timeout  top  90s",
    "drain.timeout  default  30s",
    "web2 (worker):",
    "env.TOKEN  stage  [hidden]",
    "env.URL  top  http://[secret]",
    "staging: s1",
  ])
    assert.ok(lines.includes(line), `${line}\n${stdout}`);
});

test("an unknown stage and a word too many are refused", async () => {
  const { code, stderr } = await run("prod");
  assert.equal([code, stderr.slice(0, 25)], [2, 'bgdeploy: no stage "prod"']);
  assert.equal(await run("production", "staging"), {
    code: 2,
    stdout: "",
    stderr: 'bgdeploy: config: unexpected argument "staging"\n',
  });
});

test("each key of docs/config.md is there", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/config.md"), "utf8");
  const documented = [...page.matchAll(/^\| (`[^|]*`) +\| .* \| /gm)].flatMap(([, names = ""]) =>
    [...names.matchAll(/`([\w.]+)`/g)].map(([, name = ""]) => name),
  );
  const [first] = await stages("production");
  const keys = [...(first?.settings ?? []), ...(first?.hosts[0]?.settings ?? [])].map(({ key }) => key);
  assert.ok(documented.length > 40);
  assert.equal(
    documented.filter((name) => name !== "stages" && !keys.some((key) => key === name || key.startsWith(`${name}.`))),
    [],
  );
});

test.run();
