import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";
import { environmentOf } from "../releases/support/host.ts";

const values: Readonly<Record<string, string>> = {
  DOLLAR: "$HOME ${HOME} $$ $(id) $",
  QUOTES: `"double" 'single' \`tick\` "`,
  HASH: "# no comment ; nor this",
  BACKSLASH: String.raw`\ \\ \n \" \$ \x41 \ `.trimEnd().concat("\\"),
  NEWLINE: "\nfirst\n\nthird=\n",
  RETURN: "a\rb\r\nc\r",
  SPACE: "  leading and trailing \t ",
  UNICODE: "ünïcödé 漢字 🦊 \u200B \u202E \uFEFF",
  CONTROL: "\u0001\u001B[31m\u007F",
  PERCENT: "%n %i %% %h",
  LARGE: "0123456789abcde\n".repeat(4096),
};

const test = labSuite("values");
let scene: Scene;
test.before(async () => {
  const named = (prefix: string): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}_${name}`, value]));
  scene = await aScene("values", {
    hosts: ["h*"],
    env: named("SECRET"),
    settings: `secrets: ${JSON.stringify(Object.keys(named("SECRET")))}, env: { ...example.env, ...${JSON.stringify(named("ENV"))} },`,
  });
  const flags = Object.entries(named("FLAG")).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  succeeded(await scene.project.deploy("v1", ...flags));
  succeeded(await scene.project.deploy("v2", ...flags));
});
test.after(() => scene.end());

for (const [prefix, way] of Object.entries({ ENV: "env", SECRET: "secrets", FLAG: "-e" })) {
  test(`by ${way} every value reaches the process byte for byte`, async () => {
    const all = await environmentOf(scene.lab, "h1", "green");
    const seen = Object.fromEntries(Object.keys(values).map((name) => [name, all[`${prefix}_${name}`]]));
    assert.equal(seen, values);
  });
}

test("and so it is after a rollback, from the record", async () => {
  succeeded(await scene.project.run("rollback", "production"));
  const all = await environmentOf(scene.lab, "h1", "blue");
  const seen = Object.fromEntries(Object.keys(values).map((name) => [name, all[`SECRET_${name}`]]));
  assert.equal(seen, values);
});

test("no value made a variable of its own", async () => {
  const all = Object.keys(await environmentOf(scene.lab, "h1", "blue"));
  assert.equal(
    all.filter((name) => name === "third" || name.includes("0123")),
    [],
  );
});

test("the files that hold them are for their owner alone", async () => {
  const modes = await said(
    scene.lab,
    "h1",
    "cd /opt/link-shortener; stat -c '%a %U' environment-* .bgdeploy/releases/*.env | sort -u",
  );
  assert.is(modes, "600 deploy\n");
});

test.run();
