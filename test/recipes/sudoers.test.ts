import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { App } from "../../lib/model/app.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { deploy, recover, rollback, sudoersText, unitText } from "../../recipes/index.ts";
import { aTarget, anApp, newRelease } from "../support/target.ts";

function sudoers(strict: boolean, options: Partial<App> = {}): string {
  const app = anApp(options);
  return sudoersText(app, makeLayout(app.name, app.destination, strict), "deploy");
}

function rulesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

const rule = (words: string): string => `deploy ALL=(root) NOPASSWD: ${words}`;
const narrow = [
  "/usr/bin/systemctl start shop@blue.service",
  "/usr/bin/systemctl start shop@green.service",
  "/usr/bin/systemctl stop shop@blue.service",
  "/usr/bin/systemctl stop shop@green.service",
  "/usr/bin/systemctl restart shop@blue.service",
  "/usr/bin/systemctl restart shop@green.service",
  "/usr/bin/systemctl reload nginx",
];
const more = [
  "/usr/bin/systemctl --no-reload enable shop@blue.service",
  "/usr/bin/systemctl --no-reload enable shop@green.service",
  "/usr/bin/systemctl --no-reload disable shop@blue.service",
  "/usr/bin/systemctl --no-reload disable shop@green.service",
  "/usr/bin/systemctl --no-reload disable --now shop@blue.service",
  "/usr/bin/systemctl --no-reload disable --now shop@green.service",
  "/usr/sbin/nginx -t",
];
const wide = ["/usr/bin/systemctl daemon-reload", "/usr/bin/tee /etc/systemd/system/shop@.service"];

test("the rules are a fixed list, with the spec's own first", () => {
  const chown = "/usr/bin/chown -R deploy\\:www-data /opt/shop";
  assert.equal(
    rulesOf(sudoers(false)),
    [...narrow, ...wide, ...more, chown].map((line) => rule(line)),
  );
});

test("the strict form is one rule, for the helper", () => {
  assert.equal(rulesOf(sudoers(true)), [rule("/usr/local/lib/bgdeploy/shop")]);
});

test("the wide form says what it is, and names the strict one", () => {
  assert.match(sudoers(false), "The rule for tee equals root. `strict: true` in the config does without it");
  assert.not.match(sudoers(true), "equals root");
});

test("no rule has a wildcard, whatever the names are", () => {
  const text = sudoers(false, { name: "shop", destination: "/opt/a[b]*?!", user: "a,b=c" });
  for (const line of rulesOf(text)) assert.not.match(line, /(?<!\\)[*?[\]!]/);
});

test("rules name programs where the host has them", () => {
  const app = anApp({ name: "shop" });
  const paths = { systemctl: "/bin/systemctl", chown: "/bin/chown" };
  const lines = rulesOf(sudoersText(app, makeLayout("shop", "/opt/shop"), "deploy", paths));
  assert.ok(lines.includes(rule("/bin/systemctl reload nginx")) && lines.includes(rule("/usr/sbin/nginx -t")));
  assert.not.match(lines.join("\n"), "/usr/bin/systemctl");
});

test("every rule has its reason above it", () => {
  const lines = sudoers(false).trimEnd().split("\n").slice(2);
  assert.ok(lines.every((line, index) => line.startsWith("# ") === (index % 2 === 0)));
});

test("with these rules a deploy, a recovery and a rollback need and skip nothing", () => {
  worksWith(rulesOf(sudoers(false, { user: "deploy" })).map((line) => line.slice(rule("").length)));
});

function worksWith(rules: readonly string[]): void {
  const target = aTarget({
    live: "blue",
    app: { user: "deploy" },
    facts: { sudo: { kind: "rules", rules }, files: { variant: "green" } },
  });
  assert.equal(makePlan(newRelease, [...recover(), ...deploy()], [target]).warnings, []);
  assert.equal(makePlan(newRelease, rollback(), [target]).warnings, []);
}

test("with the strict rule a deploy, a recovery and a rollback need and skip nothing where setup has written the unit", () => {
  const rules = rulesOf(sudoers(true)).map((line) => line.slice(rule("").length));
  const { app, layout } = aTarget({ app: { strict: true } });
  const unit = unitText(app, layout);
  const facts = { sudo: { kind: "rules", rules }, files: { unit, variant: "green" } } as const;
  const target = aTarget({ live: "blue", app: { strict: true }, facts });
  assert.equal(makePlan(newRelease, [...recover(), ...deploy()], [target]).warnings, []);
  assert.equal(makePlan(newRelease, rollback(), [target]).warnings, []);
});

test("without the strict rule the refusal names it once", () => {
  const { app, layout } = aTarget({ app: { strict: true } });
  const facts = { sudo: { kind: "none", reason: "" }, files: { unit: unitText(app, layout) } } as const;
  const target = aTarget({ live: "blue", app: { strict: true }, facts });
  assert.throws(
    () => makePlan(newRelease, deploy(), [target]),
    (error: Error) =>
      error.message ===
      "h1: sudo does not allow deploy to run `/usr/local/lib/bgdeploy/shop` without a password. Add the rule: `bgdeploy sudoers <stage>` prints the whole file.",
  );
});

test("without the rules that are only faster a deploy, a recovery and a rollback need and skip nothing either", () => {
  const all = rulesOf(sudoers(false, { user: "deploy" })).map((line) => line.slice(rule("").length));
  const rules = all.filter((each) => !/ restart | --now /.test(each));
  assert.is(rules.length, all.length - 4);
  worksWith(rules);
});

test("visudo finds the files right", () => {
  if (spawnSync("visudo", ["--version"]).error) return;
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  try {
    const file = join(directory, "rules");
    for (const text of [sudoers(false), sudoers(true), sudoers(false, { destination: "/opt/a,b:c=d" })]) {
      writeFileSync(file, text, { mode: 0o440, flag: "w" });
      assert.is(spawnSync("visudo", ["-cf", file], { encoding: "utf8" }).stdout, `${file}: parsed OK\n`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
