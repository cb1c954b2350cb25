import { test } from "uvu";
import * as assert from "uvu/assert";
import { problemsOf, production } from "./support/around.ts";

const name = "may contain only letters, digits, _ and -, and must not start with -";
const version = "may contain only letters, digits and . _ + -, and must not start with . or -";
const duration = 'expected a duration such as "250ms", "30s", "5m", "2h" or "30d", found';
const user =
  "is not a valid user or group name: use letters, digits and . _ -, start with a letter or _, at most 32 characters";
const task = { name: "a", commands: () => [] };

const table: readonly (readonly [written: object, ...problems: string[]])[] = [
  [{ app: "a/b" }, `app: "a/b" ${name}`],
  [{ app: "a b" }, `app: "a b" ${name}`],
  [{ app: "it's" }, `app: "it's" ${name}`],
  [{ app: "$(id)" }, `app: "$(id)" ${name}`],
  [{ app: "shop\n" }, `app: "shop\\n" ${name}`],
  [{ app: "-rf" }, `app: "-rf" ${name}`],
  [{ app: "" }, "app: expected a name, found an empty string"],
  [{ app: 7 }, "app: expected a name, found 7"],
  [{ exec: { name: "bin/shop" } }, `exec.name: "bin/shop" ${name}`],
  [{ keepReleases: 5 }, "keepReleases: unknown key. Did you mean prune: { keep: 5 }?"],
  [
    { linked_dirs: ["log"] },
    "linked_dirs: unknown key. Data that outlives a release goes into the app's own directory. Did you mean state: true?",
  ],
  [{ deploy_to: "/opt/x" }, "deploy_to: unknown key. Did you mean destination?"],
  [{ healthcheck: "/up" }, 'healthcheck: unknown key. Did you mean health: { http: "/healthz" }?'],
  [{ exec: { nme: "shop" } }, 'exec.nme: unknown key. Did you mean "name"?'],
  [{ exec: { colour: "red" } }, "exec.colour: unknown key. Known: name, flags, user."],
  [{ exec: { flags: "-v" } }, 'exec.flags: expected a list of arguments, found "-v"'],
  [{ exec: { flags: ["a\nb"] } }, 'exec.flags[0]: "a\\nb" contains a line break'],
  [{ version: "v1/2" }, `version: "v1/2" ${version}`],
  [{ version: "v1 2" }, `version: "v1 2" ${version}`],
  [{ version: "$(id)" }, `version: "$(id)" ${version}`],
  [{ version: "v1\n" }, `version: "v1\\n" ${version}`],
  [{ version: "'v1'" }, `version: "'v1'" ${version}`],
  [{ version: ".." }, `version: ".." ${version}`],
  [{ version: "-1" }, `version: "-1" ${version}`],
  [{ version: "1".repeat(121) }, "version: is 121 characters long; at most 120 are allowed"],
  [{ user: "root;id" }, `user: "root;id" ${user}`],
  [{ group: "%wheel" }, `group: "%wheel" ${user}`],
  [{ ports: { blue: 0 } }, "ports.blue: expected a whole number from 1 to 65535, found 0"],
  [{ ports: { green: 80.5 } }, "ports.green: expected a whole number from 1 to 65535, found 80.5"],
  [{ ports: { blue: "8001" } }, 'ports.blue: expected a whole number from 1 to 65535, found "8001"'],
  [
    { ports: { blue: 9000, green: 9000 } },
    "ports: blue and green are both 9000, but both run during a deploy. Use two different ports",
  ],
  [
    { ports: { blue: 8002 } },
    "ports: blue and green are both 8002, but both run during a deploy. Use two different ports",
  ],
  [{ ports: { gren: 8003 } }, 'ports.gren: unknown key. Did you mean "green"?'],
  [{ env: { A: 8080 } }, "env.A: expected a string or a function, found a number"],
  [
    { env: { "A-B": "x" } },
    'env["A-B"]: "A-B" is not a valid variable name: use letters, digits and _, and do not start with a digit',
  ],
  [
    { envPrefix: "MY-APP" },
    'envPrefix: "MY-APP" is not a valid variable name: use letters, digits and _, and do not start with a digit',
  ],
  [{ secrets: "TOKEN" }, 'secrets: expected a list of names of variables, found "TOKEN"'],
  [{ health: { http: "healthz" } }, 'health.http: "healthz" must start with /'],
  [
    { health: { http: "/a b" } },
    'health.http: "/a b" may contain only ASCII characters and no spaces: percent-encode the others',
  ],
  [{ health: { host: "*.shop.example" } }, 'health.host: "*.shop.example" is not a host name, such as "shop.example"'],
  [{ health: { host: "a\r\nb" } }, 'health.host: "a\\r\\nb" is not a host name, such as "shop.example"'],
  [{ health: { headers: ["a"] } }, "health.headers: expected an object of headers, found a list"],
  [{ health: { headers: { "X A": "1" } } }, 'health.headers["X A"]: "X A" is not a header name'],
  [{ health: { headers: { "X-A": 1 } } }, 'health.headers["X-A"]: expected a text or a Secret, found nothing'],
  [
    { health: { headers: { "X-A": "1\nX-B: 2" } } },
    'health.headers["X-A"]: may contain only ASCII characters and no line breaks',
  ],
  [{ health: { headers: { Host: "a" } } }, 'health.headers.Host: write health: { host: "shop.example" } instead'],
  [
    { health: { headers: { "content-length": "7" } } },
    'health.headers["content-length"]: bgdeploy sets this header itself, or sends none',
  ],
  [{ health: { expect: 20 } }, "health.expect: expected a whole number from 100 to 599, found 20"],
  [{ health: { timeout: "30 s" } }, `health.timeout: ${duration} "30 s"`],
  [{ health: { interval: 250 } }, `health.interval: ${duration} 250`],
  [{ health: { timeout: "0s" } }, 'health.timeout: "0s" is too short'],
  [{ health: { command: "yes" } }, 'health.command: expected true or false, found "yes"'],
  [{ drain: { timeout: "soon" } }, `drain.timeout: ${duration} "soon"`],
  [{ prune: { keep: 0 } }, "prune.keep: expected a whole number of at least 1, found 0"],
  [
    { unit: { Service: { MemoryMax: "1G\nUser=root" } } },
    'unit.Service.MemoryMax: "1G\\nUser=root" contains a line break',
  ],
  [{ unit: { Service: { A: "b\\" } } }, 'unit.Service.A: "b\\\\" ends in a backslash, which continues the line'],
  [{ unit: { Service: { User: "deploy" } } }, 'unit.Service.User: write exec: { user: "…" } instead'],
  [{ unit: { Service: { Group: "root" } } }, 'unit.Service.Group: write group: "…" instead'],
  [{ unit: { Service: { "A=b": "c" } } }, 'unit.Service["A=b"]: "A=b" is not the name of a directive'],
  [
    { unit: { Service: { LimitNOFILE: 65_536 } } },
    "unit.Service.LimitNOFILE: expected a string or a list of strings, found 65536",
  ],
  [
    { unit: { Servce: {} } },
    'unit.Servce: not a section of a service unit. Did you mean "Service"? It has: Unit, Service, Install',
  ],
  [{ strict: "yes" }, 'strict: expected true or false, found "yes"'],
  [{ writable: 1 }, "writable: expected true or false, found 1"],
  [{ sandbox: "off" }, 'sandbox: expected true or false, found "off"'],
  [{ state: "/var/lib/shop" }, 'state: expected true or false, found "/var/lib/shop"'],
  [{ domain: "a; b" }, 'domain: "a; b" is not a domain name such as "shop.example"'],
  [
    { nginx: { unit: "nginx.timer" } },
    'nginx.unit: "nginx.timer" is not the name of a service unit such as "openresty.service"',
  ],
  [
    { nginx: { unit: "--now x" } },
    'nginx.unit: "--now x" is not the name of a service unit such as "openresty.service"',
  ],
  [
    { nginx: { binary: "openresty" } },
    'nginx.binary: "openresty" must be an absolute path of letters, digits and . _ + - /, without . or .. as a part',
  ],
  [
    { nginx: { binary: "/opt/../tmp/x" } },
    'nginx.binary: "/opt/../tmp/x" must be an absolute path of letters, digits and . _ + - /, without . or .. as a part',
  ],
  [
    { nginx: { config: "/etc/nginx; reboot" } },
    'nginx.config: "/etc/nginx; reboot" must be the absolute path of a directory, of letters, digits and . _ + - /, without . or .. as a part',
  ],
  [
    { site: { frameOptions: "ALLOW", xssProtection: true } },
    'site.frameOptions: expected "DENY" or "SAMEORIGIN" or false, found "ALLOW"',
    'site.xssProtection: expected "1; mode=block" or "0" or false, found true',
  ],
  [{ pre: () => undefined }, 'pre: expected hook("name", …) or the path of a bash script, found a function'],
  [{ post: "scripts/none.sh" }, 'post: there is no file "scripts/none.sh" (/projects/shop/scripts/none.sh)'],
  [{ pre: "scripts/ok.sh", tasks: [task] }, "pre: cannot be combined with tasks. Add hooks.pre(…) to the tasks"],
  [{ tasks: [] }, "tasks: contains no tasks"],
  [{ tasks: [task, [() => task]] }, "tasks[1][0]: expected a task, found a function. Call it, as in upload()"],
  [
    { tasks: [{ name: "h", run: () => undefined }] },
    "tasks[0]: expected a task, found a hook. Wrap it: hooks.pre(hook(…)) or hooks.post(hook(…))",
  ],
  [
    { sshFlags: ["-F infra/ssh_config"] },
    'sshFlags[0]: "-F infra/ssh_config" contains two arguments. Write "-F", "infra/ssh_config"',
  ],
  [{ sshFlags: ["-v", "-F"] }, "sshFlags[1]: -F needs a file name"],
  [{ sshConfig: "a", sshFlags: ["-Fb"] }, 'sshFlags: -F "b" conflicts with sshConfig "a". Keep one'],
];

for (const [written, ...problems] of table) {
  test(`refuses ${Object.keys(written).join(" and ")}: ${problems.join(" / ")}`, async () => {
    assert.equal(await problemsOf({ ...written, stages: production }), problems);
  });
}

test("a stage's settings are read as the top's are", async () => {
  const stages = {
    production: { hosts: ["a.example"], ports: { blue: -1 }, stages: {} },
    "a b": { hosts: ["b.example"] },
  };
  assert.equal(await problemsOf({ stages }), [
    "stages.production.ports.blue: expected a whole number from 1 to 65535, found -1",
    "stages.production.stages: stages cannot be nested",
    `stages["a b"]: "a b" ${name}`,
  ]);
});

test.run();
