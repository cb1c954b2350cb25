import { test } from "uvu";
import * as assert from "uvu/assert";
import { trustAll } from "../../lib/config/trust.ts";
import { check, problemsOf, production } from "./support/around.ts";

test("a config of one stage and one host is filled with the spec's defaults", async () => {
  assert.equal(await check({ stages: production }), {
    file: "/projects/shop/deploy.config.ts",
    directory: "/projects/shop",
    stage: "production",
    hosts: [
      {
        host: { name: "shop.example", roles: [] },
        app: {
          name: "shop",
          dist: "/projects/shop/dist",
          destination: "/opt/shop",
          exec: { name: "shop", flags: [], user: "shop" },
          user: undefined,
          appCanActAsDeployer: false,
          group: "www-data",
          ports: { blue: 8001, green: 8002 },
          listen: "port",
          envPrefix: "SHOP",
          env: {},
          secrets: [],
          health: {
            command: false,
            http: undefined,
            host: undefined,
            headers: {},
            expect: 200,
            timeout: 30_000,
            interval: 250,
            settle: undefined,
          },
          drainTimeout: 30_000,
          drainSignal: "last",
          prune: { olderThan: 30 * 24 * 3_600_000, keep: undefined },
          unit: {},
          sandbox: true,
          state: false,
          cache: false,
          logs: false,
          runtime: false,
          keepPrevious: "stopped",
          writable: false,
          strict: false,
          nginx: { unit: "nginx", binary: "nginx", config: "/etc/nginx" },
          domain: undefined,
          site: { frameOptions: "DENY", xssProtection: "1; mode=block" },
        },
        sources: new Map(),
      },
    ],
    ssh: { configFile: undefined, flags: [], knownHosts: undefined, strictHostKeys: "accept-new" },
    rolling: undefined,
    tasks: undefined,
    pre: undefined,
    post: undefined,
    version: undefined,
    url: undefined,
    trust: trustAll,
    warnings: [],
  });
});

test("all problems are said at once, each with its path", async () => {
  const problems = await problemsOf({
    app: "my shop",
    helth: {},
    ports: { blue: 70_000 },
    sshConfig: "infra/ssh_config",
    stages: {
      production: { hosts: ["wbe1", "web2"], destination: "opt/shop", secrets: ["API_KEY", "DATABASE_URL", "TOKEN"] },
      staging: { hosts: "staging" },
    },
  });
  assert.equal(problems, [
    'app: "my shop" may contain only letters, digits, _ and -, and must not start with -',
    'helth: unknown key. Did you mean "health"?',
    "ports.blue: expected a whole number from 1 to 65535, found 70000",
    'stages.production.destination: "opt/shop" must be an absolute path, such as "/opt/shop"',
    'stages.staging.hosts: expected a list of hosts, found "staging"',
    'stages.production.hosts[0]: no Host "wbe1" in infra/ssh_config. Did you mean "web1"?',
    "stages.production.secrets: not set in this environment, or empty: API_KEY, TOKEN. Export them and run again",
  ]);
});

test("an unknown stage is named with the ones that there are", async () => {
  const stages = { production: { hosts: ["a.example"] }, staging: { hosts: ["b.example"] } };
  assert.equal(await problemsOf({ stages }, { stage: "prodution" }), [
    'no stage "prodution" in deploy.config.ts. Did you mean "production"? It has: production, staging',
  ]);
  assert.equal(await problemsOf({ stages }, { stage: "qa" }), [
    'no stage "qa" in deploy.config.ts. It has: production, staging',
  ]);
});

const shapes: readonly (readonly [title: string, written: unknown, problem: string])[] = [
  ["a list", [], "expected an object, found an empty list"],
  ["a function", () => ({}), "expected an object, found a function"],
  ["nothing", {}, 'stages: needs at least one stage. Write stages: { production: { hosts: ["shop.example"] } }'],
  [
    "no stage",
    { stages: {} },
    'stages: needs at least one stage. Write stages: { production: { hosts: ["shop.example"] } }',
  ],
  [
    "an undefined stage",
    { stages: { production: undefined } },
    'stages: needs at least one stage. Write stages: { production: { hosts: ["shop.example"] } }',
  ],
  ["stages as a list", { stages: ["production"] }, "stages: expected an object of stages, found a list"],
  ["a stage as a list", { stages: { production: ["web1"] } }, "stages.production: expected an object, found a list"],
  [
    "no hosts",
    { stages: { production: {} } },
    'stages.production.hosts: needs at least one host. Write hosts: ["shop.example"]',
  ],
  [
    "empty hosts",
    { stages: { production: { hosts: [] } } },
    'stages.production.hosts: needs at least one host. Write hosts: ["shop.example"]',
  ],
];

for (const [title, written, problem] of shapes) {
  test(`a config that is or holds ${title} is refused`, async () => {
    assert.equal(await problemsOf(written), [problem]);
  });
}

test("hosts at the top are shown their place", async () => {
  assert.equal(await problemsOf({ stages: production, hosts: ["web1"] }), [
    "hosts: hosts belong to a stage: stages: { production: { hosts: […] } }",
  ]);
});

test("a directory whose name is no app name asks for one", async () => {
  assert.equal(await problemsOf({ stages: production }, { around: { directory: "/projects/my shop" } }), [
    'app: the default, the name of the config\'s directory, is not valid: "my shop" may contain only letters, digits, _ and -, and must not start with -. Write app: "…"',
  ]);
});

test.run();
