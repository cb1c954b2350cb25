import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const directory = join(import.meta.dirname, "../.github/workflows");
const workflows = readdirSync(directory).map((name) => ({ name, text: readFileSync(join(directory, name), "utf8") }));
const publish = workflows.find(({ name }) => name === "publish.yml")?.text ?? "";

function found(pattern: RegExp, text: string): readonly string[] {
  return [...text.matchAll(pattern)].map(([, first = ""]) => first);
}

test("every action is pinned to a commit, with its version beside it", () => {
  const uses = workflows.flatMap(({ text }) => found(/^\s*(?:- )?uses: (.*)$/gm, text));
  assert.ok(uses.length > 0);
  assert.equal(
    uses.filter((each) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(each)),
    [],
  );
});

test("a workflow may do nothing, and each job what it needs", () => {
  for (const { name, text } of workflows) assert.match(text, /^permissions: \{\}$/m, name);
  assert.equal(found(/^ +([a-z-]+: (?:read|write))\b/gm, publish), [
    "contents: read",
    "id-token: write",
    "contents: write",
  ]);
});

test("the tests run on every Node that the package names, and once with hosts", () => {
  const text = workflows.find(({ name }) => name === "test.yml")?.text ?? "";
  const { engines } = JSON.parse(readFileSync(join(directory, "../../package.json"), "utf8"));
  assert.is(engines.node, "^22.18.0 || >=24.12.0");
  assert.match(text, 'node: ["22.18", "24", "26"]');
  assert.match(text, " .ci/run\n");
  assert.equal(new Set(found(/^ +([a-z-]+: (?:read|write))\b/gm, text)), new Set(["contents: read"]));
});

test("no checkout keeps its token, and no text from outside becomes shell", () => {
  for (const { name, text } of workflows) {
    assert.is(found(/(actions\/checkout)@/g, text).length, found(/(persist-credentials: false)/g, text).length, name);
    assert.equal(found(/^\s*(?:- )?run: (.*\$\{\{.*)$/gm, text), [], name);
    assert.not.match(text, /pull_request_target|secrets\./, name);
  }
});

test("the package is published with its provenance, and the release gets what it is made of", () => {
  const [first = "", second = ""] = publish.split("  sbom:\n");
  assert.match(first, "npm ci --ignore-scripts");
  assert.match(first, "npm publish --provenance");
  assert.match(second, "npm sbom --package-lock-only --omit dev");
  assert.not.match(second, /npm (?:ci|install|run)/);
});

test.run();
