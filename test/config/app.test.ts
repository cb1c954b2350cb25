import { test } from "uvu";
import * as assert from "uvu/assert";
import { defaultPrefix } from "../../lib/config/app.ts";
import { hook } from "../../lib/model/hook.ts";
import { task } from "../../lib/model/task.ts";
import { check } from "./support/around.ts";

test("everything that is written is taken, durations in milliseconds", async () => {
  const config = await check({
    app: "link-shortener",
    dist: "build",
    destination: "/srv/links",
    exec: { name: "links", flags: ["--workers", "4"], user: "links-run" },
    user: "links",
    group: "web",
    ports: { blue: 9001, green: 9002 },
    listen: "socket",
    envPrefix: "LINKS",
    health: {
      command: true,
      http: "/healthz",
      host: "shop.example:8443",
      headers: { "X-Forwarded-Proto": "https" },
      expect: 204,
      timeout: "1m",
      interval: "1s",
      settle: "2s",
    },
    drain: { timeout: "5m" },
    prune: { olderThan: "2h", keep: 5 },
    unit: { Service: { MemoryMax: "1G", Environment: ["A=1", "B=2"] } },
    sandbox: false,
    state: true,
    cache: true,
    logs: true,
    runtime: true,
    keepPrevious: "warm",
    writable: true,
    appCanActAsDeployer: true,
    strict: true,
    nginx: { unit: "openresty.service", binary: "/opt/resty/bin/openresty" },
    domain: "links.example",
    site: { frameOptions: "SAMEORIGIN", xssProtection: false },
    stages: { production: { hosts: ["a.example"] } },
  });
  assert.equal(config.hosts[0].app, {
    name: "link-shortener",
    dist: "/projects/shop/build",
    destination: "/srv/links",
    exec: { name: "links", flags: ["--workers", "4"], user: "links-run" },
    user: "links",
    appCanActAsDeployer: true,
    group: "web",
    ports: { blue: 9001, green: 9002 },
    listen: "socket",
    envPrefix: "LINKS",
    env: {},
    secrets: [],
    health: {
      command: true,
      http: "/healthz",
      host: "shop.example:8443",
      headers: { "X-Forwarded-Proto": "https" },
      expect: 204,
      timeout: 60_000,
      interval: 1000,
      settle: 2000,
    },
    drainTimeout: 300_000,
    drainSignal: "last",
    prune: { olderThan: 7_200_000, keep: 5 },
    unit: { Service: { MemoryMax: "1G", Environment: ["A=1", "B=2"] } },
    sandbox: false,
    state: true,
    cache: true,
    logs: true,
    runtime: true,
    keepPrevious: "warm",
    writable: true,
    strict: true,
    nginx: { unit: "openresty.service", binary: "/opt/resty/bin/openresty", config: "/etc/nginx" },
    domain: "links.example",
    site: { frameOptions: "SAMEORIGIN", xssProtection: false },
  });
});

test("a host's ports win over its stage's, those over the top's, and each is taken whole", async () => {
  const config = await check({
    ports: { blue: 1, green: 2 },
    stages: {
      production: { ports: { blue: 9001 }, hosts: ["a.example", { name: "b.example", ports: { green: 9009 } }] },
    },
  });
  assert.equal(
    config.hosts.map(({ app }) => app.ports),
    [
      { blue: 9001, green: 8002 },
      { blue: 8001, green: 9009 },
    ],
  );
});

test("units merge section by section, directive by directive", async () => {
  const config = await check({
    unit: { Service: { MemoryMax: "1G", Nice: "5" }, Unit: { Wants: "redis.service" } },
    stages: { production: { hosts: ["a.example"], unit: { Service: { MemoryMax: "2G" } } } },
  });
  assert.equal(config.hosts[0].app.unit, { Service: { MemoryMax: "2G", Nice: "5" }, Unit: { Wants: "redis.service" } });
});

test("keeping so many releases sets no age, unless one is written", async () => {
  const config = await check({ prune: { keep: 5 }, stages: { production: { hosts: ["a.example"] } } });
  assert.equal(config.hosts[0].app.prune, { olderThan: undefined, keep: 5 });
});

test("the command line's dist starts at the current directory, and its version wins", async () => {
  const written = { version: "v1", dist: "build", stages: { production: { hosts: ["a.example"] } } };
  const config = await check(written, { overrides: { version: "v2", dist: "out" } });
  assert.equal([config.version, config.hosts[0].app.dist], ["v2", "/projects/shop/sub/out"]);
});

test("hooks, scripts and tasks of a stage go through", async () => {
  const pre = hook("migrate", () => undefined);
  const hosts = ["a.example"];
  const one = await check({ post: "scripts/ok.sh", stages: { production: { hosts, pre } } });
  assert.is(one.pre, pre);
  assert.is(one.post, "/projects/shop/scripts/ok.sh");
  const tasks = [task({ name: "a", commands: () => [], undo: "not-needed" })];
  assert.is((await check({ stages: { production: { hosts, tasks } } })).tasks, tasks);
});

test("the prefix is the app's name as a variable", () => {
  assert.equal(["link-shortener", "shop", "2048-game"].map(defaultPrefix), ["LINK_SHORTENER", "SHOP", "_2048_GAME"]);
});

test.run();
