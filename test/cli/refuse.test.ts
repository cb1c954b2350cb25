import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bgdeploy } from "./support/fake-world.ts";

const directory = mkdtempSync(join(tmpdir(), "bgdeploy-refuse-"));
test.after(() => rmSync(directory, { recursive: true }));

/** What the page of a GitHub job says of a command that could not do its work. */
async function summaryOf(...argv: readonly string[]): Promise<string> {
  const file = join(directory, `${argv.length}.md`);
  await bgdeploy(argv, directory, { env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: file } });
  return readFileSync(file, "utf8").split("\n")[0] ?? "";
}

test("the page of a job, which is kept, does not repeat the values of -e", async () => {
  const given = ["run", "nowhere", "-e", "A=hush=hush", "--env", "B=hush", "--env=C=hush", "-eD=hush\nhush"];
  assert.is(await summaryOf(...given), "### ❌ bgdeploy run nowhere -e 'A=…' --env 'B=…' '--env=C=…' '-eD=…'");
});

test("the page of a job takes no control characters, and no marks that nobody sees, from a command line", async () => {
  const evil = "prod\u001B]0;x\u0007\u202E\u200B\u009B8m\r\n# h";
  assert.is(await summaryOf("status", evil), String.raw`### ❌ bgdeploy status 'prod \# h'`);
});

test.run();
