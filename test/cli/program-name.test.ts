import { test } from "uvu";
import * as assert from "uvu/assert";
import { programOf, typedAs } from "../../lib/cli/program-name.ts";
import { nextLines } from "../../lib/report/summary.ts";
import { aHost, advice, anOutcome } from "../report/an-outcome.ts";
import { bgdeploy } from "./support/fake-world.ts";

const npm = { npm_config_user_agent: "npm/11.19.1 node/v24.21.0 linux x64 workspaces/false" };

for (const [agent, program] of [
  [undefined, "bgdeploy"],
  [npm.npm_config_user_agent, "npx bgdeploy"],
  ["pnpm/9.15.9 npm/? node/v20.20.2 linux x64", "pnpm exec bgdeploy"],
  ["yarn/1.22.22 npm/? node/v20.20.2 linux x64", "yarn bgdeploy"],
  ["something/1", "bgdeploy"],
] as const) {
  test(`started by ${agent ?? "a shell"}: ${program}`, () => {
    assert.is(programOf({ npm_config_user_agent: agent }), program);
  });
}

for (const [advised, expected] of [
  ["To unlock: bgdeploy unlock production", "To unlock: npx bgdeploy unlock production"],
  ["`bgdeploy vhost <stage>` prints a site", "`npx bgdeploy vhost <stage>` prints a site"],
  ["bgdeploy needs rsync 3.2; bgdeploy runs as root", "bgdeploy needs rsync 3.2; bgdeploy runs as root"],
  ["see /opt/bgdeploy run", "see /opt/bgdeploy run"],
] as const) {
  test(`${advised}, with npx`, () => assert.is(typedAs(advised, npm), expected));
}

test("a refusal says what to type here; for a program it says the same everywhere", async () => {
  const { stderr } = await bgdeploy(["run", "--bogus"], "/", { env: npm });
  assert.is(stderr, "bgdeploy: run has no flag --bogus. Type: npx bgdeploy run --help\n");
  const { stdout } = await bgdeploy(["run", "--bogus", "--json"], "/", { env: npm });
  assert.match(stdout, "Type: bgdeploy run --help");
});

test("so do the last lines of a run", () => {
  assert.equal(nextLines(anOutcome([aHost("h1")]), { ...advice, program: "npx bgdeploy" }), [
    "To roll back: npx bgdeploy rollback production",
  ]);
});

test.run();
