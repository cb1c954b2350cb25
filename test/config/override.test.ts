import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Overrides } from "../../lib/config/resolved.ts";
import { check, problemsOf } from "./support/around.ts";

const written = { sshConfig: "infra/ssh_config", stages: { production: { hosts: ["web?", "db1"] } } };

const taken: readonly (readonly [Overrides, ...hosts: string[]])[] = [
  [{}, "web1", "web2", "db1"],
  [{ only: ["web1"] }, "web1"],
  [{ only: ["web*", "db1"], except: ["web1"] }, "web2", "db1"],
  [{ except: ["web*"] }, "db1"],
];

for (const [overrides, ...hosts] of taken) {
  test(`${JSON.stringify(overrides)} takes ${hosts.join(", ")}`, async () => {
    const config = await check(written, { overrides });
    assert.equal(
      config.hosts.map(({ host }) => host.name),
      hosts,
    );
  });
}

const refused: readonly (readonly [Overrides, ...problems: string[]])[] = [
  [{ only: ["wbe1"] }, '--only wbe1: no such host in stage "production". Did you mean "web1"? It has: web1, web2, db1'],
  [{ except: ["prod-*"] }, '--except prod-*: no such host in stage "production". It has: web1, web2, db1'],
  [{ only: ["db1"], except: ["db*"] }, '--only and --except exclude all hosts of stage "production"'],
  [{ except: ["*"] }, '--only and --except exclude all hosts of stage "production"'],
  [
    { version: "v1/x" },
    '--version: "v1/x" may contain only letters, digits and . _ + -, and must not start with . or -',
  ],
  [{ dist: "" }, "--dist: expected a path, found an empty string"],
  [
    { env: { "A-B": "x" } },
    '-e: "A-B" is not a valid variable name: use letters, digits and _, and do not start with a digit',
  ],
  [{ env: { PORT: "80" } }, "-e PORT: bgdeploy sets PORT itself. Write ports instead"],
  [{ env: { A: "\0" } }, "-e A: holds a NUL character, which no environment can carry"],
];

for (const [overrides, ...problems] of refused) {
  test(`refuses ${problems.join(" / ")}`, async () => {
    assert.equal(await problemsOf(written, { overrides }), problems);
  });
}

test.run();
