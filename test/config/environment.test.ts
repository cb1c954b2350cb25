import { test } from "uvu";
import * as assert from "uvu/assert";
import { Secret } from "../../lib/model/secret.ts";
import { check, problemsOf, production } from "./support/around.ts";

test("variables merge key by key: the command line over a host over its stage over the top", async () => {
  const config = await check(
    {
      env: { A: "top", B: "top", C: "top", D: "top" },
      stages: {
        production: {
          env: { B: "stage", C: "stage", D: "stage" },
          hosts: [{ name: "a.example", env: { C: "host", D: "host" } }],
        },
      },
    },
    { overrides: { env: { D: "line", E: "line" } } },
  );
  assert.equal(config.hosts[0].app.env, { A: "top", B: "stage", C: "host", D: "line", E: "line" });
});

test("a function is told host, stage and app", async () => {
  const env = {
    NODE: ({ host, stage, app }: { host: string; stage: string; app: string }) => `${app}.${stage}.${host}`,
  };
  const config = await check({ env, stages: { production: { hosts: ["a.example", "b.example"] } } });
  assert.equal(
    config.hosts.map(({ app }) => app.env["NODE"]),
    ["shop.production.a.example", "shop.production.b.example"],
  );
});

test("a secret is taken from the client's environment and does not show", async () => {
  const config = await check({ secrets: ["DATABASE_URL"], stages: production });
  const value = config.hosts[0].app.env["DATABASE_URL"];
  assert.instance(value, Secret);
  assert.is(value instanceof Secret && value.reveal(), "postgres://secret");
  assert.not.match(JSON.stringify(config), "postgres");
});

test("a stage's secret stands over the top's plain value, and the command line over both", async () => {
  const written = {
    env: { DATABASE_URL: "dev" },
    stages: { production: { hosts: ["a.example"], secrets: ["DATABASE_URL"] } },
  };
  assert.instance((await check(written)).hosts[0].app.env["DATABASE_URL"], Secret);
  const overridden = await check(written, { overrides: { env: { DATABASE_URL: "mine" } }, around: { env: {} } });
  assert.is(overridden.hosts[0].app.env["DATABASE_URL"], "mine");
});

test("secrets may be missing where no service is started", async () => {
  const config = await check({ secrets: ["NONE"], stages: production }, { around: { secrets: "optional" } });
  assert.equal(config.hosts[0].app.env, {});
});

test("an empty secret counts as missing", async () => {
  const problems = await problemsOf({ secrets: ["TOKEN"], stages: production }, { around: { env: { TOKEN: "" } } });
  assert.equal(problems, ["secrets: not set in this environment, or empty: TOKEN. Export it and run again"]);
});

const table: readonly (readonly [written: object, problem: string])[] = [
  [{ env: { HOST: "0.0.0.0" } }, "env.HOST: bgdeploy sets HOST itself"],
  [{ env: { PORT: "80" } }, "env.PORT: bgdeploy sets PORT itself. Write ports instead"],
  [{ env: { PLTUSERHOME: "/" } }, "env.PLTUSERHOME: bgdeploy sets PLTUSERHOME itself"],
  [{ env: { SHOP_HTTP_PORT: "80" } }, "env.SHOP_HTTP_PORT: bgdeploy sets SHOP_HTTP_PORT itself. Write ports instead"],
  [{ envPrefix: "X", env: { X_VARIANT: "blue" } }, "env.X_VARIANT: bgdeploy sets X_VARIANT itself"],
  [{ secrets: ["PORT"] }, "secrets: bgdeploy sets PORT itself. Write ports instead"],
  [{ env: { A: "\0" } }, "env.A: holds a NUL character, which no environment can carry"],
  [{ env: { A: "x".repeat(130_049) } }, "env.A: is 130049 bytes long; systemd carries at most 130048"],
  [{ env: { A: () => 5 } }, "env.A: the function returned a number, not a string"],
  [{ env: { A: async () => "x" } }, "env.A: the function returned a promise, not a string"],
  [
    {
      env: {
        A: () => {
          throw new Error("no such key");
        },
      },
    },
    "env.A: the function threw: no such key",
  ],
  [
    { env: { DATABASE_URL: "x" }, secrets: ["DATABASE_URL"] },
    "secrets: DATABASE_URL is also set in env. Keep only one",
  ],
];

for (const [written, problem] of table) {
  test(`refuses ${problem}`, async () => {
    assert.equal(await problemsOf({ ...written, stages: production }), [problem]);
  });
}

test("a problem that all hosts share is said once, and never shows a secret", async () => {
  const problems = await problemsOf(
    { secrets: ["TOKEN"], stages: { production: { hosts: ["a.example", "b.example"] } } },
    { around: { env: { TOKEN: "hush\uFFFF" } } },
  );
  assert.equal(problems, ["secrets: TOKEN holds a Unicode noncharacter, which systemd refuses and then logs"]);
});

test("what bgdeploy sets is refused: SOCKET only where the app listens on one", async () => {
  const config = (listen: "port" | "socket"): object => ({
    listen,
    env: { SOCKET: "/run/mine" },
    stages: { production: { hosts: ["a.example"] } },
  });
  assert.equal(await problemsOf(config("socket")), ["env.SOCKET: bgdeploy sets SOCKET itself"]);
  assert.equal(await problemsOf(config("port")), []);
});

test("all values together may be too much", async () => {
  const env = Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`V${index}`, "x".repeat(127 * 1024)]));
  assert.equal(await problemsOf({ env, stages: production }), [
    "env: is 1690679 bytes in all; a process starts with at most 1572864",
  ]);
});

test.run();
