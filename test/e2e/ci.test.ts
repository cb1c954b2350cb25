import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";

const test = labSuite("ci");
let scene: Scene;
test.before(async () => {
  scene = await aScene("ci", { machines: 2, hosts: ["h*"] });
});
test.after(() => scene.end());

/** A deploy as a job of GitHub Actions runs it. */
async function onGitHub(...words: readonly string[]): Promise<Ended> {
  const { directory } = scene.project;
  const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: join(directory, "summary.md"), NO_COLOR: "1", CI: "true" };
  return scene.project.runWith(env, "run", ...words);
}
const summary = (): Promise<string> => readFile(join(scene.project.directory, "summary.md"), "utf8");
/** The lines that GitHub's runner takes for commands, the text of annotations left out. */
const commands = ({ stdout, stderr }: Ended): readonly string[] =>
  `${stdout}${stderr}`
    .split("\n")
    .filter((line) => /^\s*::|##\[/.test(line))
    .map((line) => line.replace(/^::(error|warning) title=(.*?)::.*/, "$1 of $2"));

test("GitHub Actions, a deploy that goes well: a group for each phase, and a row for each host in the summary", async () => {
  const done = succeeded(await onGitHub("production", "--version", "v1"));
  const groups = commands(done);
  assert.is(groups[0], "::group::Prepare and start");
  assert.equal(
    groups.filter((line) => !line.startsWith("::group::")),
    groups.filter((line) => line.startsWith("::group::")).map(() => "::endgroup::"),
  );
  assert.match(
    await summary(),
    /^### ✅ bgdeploy run production\n\nDone in .*\n\n(\|.*\n){2}\| h1 \| v1 \| blue \| live \|/,
  );
});

test("GitHub Actions, a failed deploy: the reason as an annotation, and nothing that a host says is a command", async () => {
  const refuse = `pre: hook("refuse", async ({ $, target }) => { if (target.host.name === "h2") await $\`printf '%s\\n' '::error::no table' 'a ##[error]b' >&2; exit 9\`; }),`;
  await scene.project.write({ hosts: ["h*"], settings: refuse });
  const failed = ended(await onGitHub("production", "--version", "v2"), 1);
  assert.equal(commands(failed).slice(1), ["::endgroup::", "::group::undo", "::endgroup::", "error of bgdeploy%3A h2"]);
  assert.match(failed.stdout, /^::error title=bgdeploy%3A h2::hooks:pre refuse: ::error::no table%0A/m);
  assert.match(
    await summary(),
    /### ❌ bgdeploy run production\n\nFailed and undone\. v1 \(blue\) is still live on h1, h2\./,
  );
});

test("GitHub Actions, a command line that is wrong: an annotation, and the summary", async () => {
  const refused = ended(await onGitHub("prodution", "--version", "v2"), 2);
  assert.match(refused.stdout, /^::error title=bgdeploy::.*production.*\n$/);
  assert.match(await summary(), /### ❌ bgdeploy run prodution --version v2\n\n```text\n/);
});

test("GitLab CI: a collapsed section for each phase", async () => {
  await scene.project.write({ hosts: ["h*"] });
  const env = { GITLAB_CI: "true", CI: "true" };
  const { stdout } = succeeded(await scene.project.runWith(env, "run", "production", "--version", "v2"));
  const sections = [...stdout.matchAll(/section_(start|end):\d+:(\w+)(\[collapsed=true\])?\r/g)];
  const marks = sections.map(([, what, id, collapsed = ""]) => `${what} ${id}${collapsed}`);
  assert.equal(marks.slice(0, 2), ["start bgdeploy_1[collapsed=true]", "end bgdeploy_1"]);
  assert.is(marks.length % 2, 0);
  assert.not.match(stdout, "::group::");
});

test("another CI: plain lines, and no control characters", async () => {
  const { stdout } = succeeded(await scene.project.runWith({ CI: "true" }, "run", "production", "--version", "v3"));
  // oxlint-disable-next-line no-control-regex -- that there are none is the point
  assert.not.match(stdout, /::|section_|[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
});

test.run();
