import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { App } from "../../lib/model/app.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { unitText } from "../../recipes/index.ts";
import { anApp } from "../support/target.ts";

function unit(options: Partial<App> = {}): string {
  const app = anApp(options);
  return unitText(app, makeLayout(app.name, app.destination));
}

function directive(name: string, text: string): readonly string[] {
  return text.split("\n").filter((line) => line.startsWith(`${name}=`));
}

test("a unit serves both variants, restarts without end, and may not write into its release", () => {
  assert.is(
    unit(),
    `[Unit]
Description=shop (%i)
After=network.target
StartLimitIntervalSec=0

[Service]
Type=simple
User=shop
Group=www-data
WorkingDirectory=/opt/shop/versions/current-%i
EnvironmentFile=/opt/shop/environment-%i
ExecStart=/opt/shop/versions/current-%i/bin/shop
Restart=always
RestartSec=1
TimeoutStopSec=30
ReadOnlyPaths=-/opt/shop/versions

[Install]
WantedBy=multi-user.target
`,
  );
});

test("an app that writes into its release may", () => {
  assert.equal(directive("ReadOnlyPaths", unit({ writable: true })), []);
});

const flags: readonly (readonly [string, string])[] = [
  ["--port=80", "--port=80"],
  ["two words", '"two words"'],
  ["100%", "100%%"],
  ["$HOME", "$$HOME"],
  ["${HOME}", '"$${HOME}"'],
  ['say "hi"', '"say \\"hi\\""'],
  ["a\\b", '"a\\\\b"'],
  ["it's", `"it's"`],
  ["", '""'],
  [";", '";"'],
  ["%i $x", '"%%i $$x"'],
  ["ä", '"ä"'],
  ["#", '"#"'],
];

for (const [flag, word] of flags) {
  test(`the flag ${JSON.stringify(flag)} is written as ${word}`, () => {
    const text = unit({ exec: { name: "shop", flags: ["-x", flag], user: "shop" } });
    assert.equal(directive("ExecStart", text), [`ExecStart=/opt/shop/versions/current-%i/bin/shop -x ${word}`]);
  });
}

test("the user's directives win over ours, a list gives several, a new section comes last", () => {
  const text = unit({
    unit: {
      Service: { Type: "notify", TimeoutStopSec: "5m", MemoryMax: "1G", Environment: ["A=1", "B=2"] },
      Unit: { After: ["network.target", "postgresql.service"] },
      "X-Ours": { Key: "value" },
    },
  });
  assert.equal(directive("Type", text), ["Type=notify"]);
  assert.equal(directive("TimeoutStopSec", text), ["TimeoutStopSec=5m"]);
  assert.equal(directive("MemoryMax", text), ["MemoryMax=1G"]);
  assert.equal(directive("Environment", text), ["Environment=A=1", "Environment=B=2"]);
  assert.equal(directive("After", text), ["After=network.target", "After=postgresql.service"]);
  assert.match(text, /\[Install\]\nWantedBy=multi-user\.target\n\n\[X-Ours\]\nKey=value\n$/);
});

test("systemd finds nothing to say about the unit", () => {
  if (spawnSync("systemd-analyze", ["--version"]).error) return;
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  try {
    const file = join(directory, "shop@blue.service");
    const text = unit({ exec: { name: "shop", flags: ["100%", "$HOME", 'a "b" \\ c'], user: "root" }, group: "root" });
    writeFileSync(file, text.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
    const about = stderr.split("\n").filter((line) => line.includes("shop@"));
    assert.equal({ status, about }, { status: 0, about: [] });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
