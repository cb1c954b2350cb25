import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UploadCommand } from "../../lib/model/command.ts";
import { shell, sudo, write } from "../../lib/model/command.ts";
import { environmentFile } from "../../lib/model/environment.ts";
import { Secret } from "../../lib/model/secret.ts";
import { rawLine, sh } from "../../lib/model/shell.ts";
import { task } from "../../lib/model/task.ts";
import { explain } from "../../lib/plan/explain.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";

const upload: UploadCommand = {
  kind: "upload",
  from: "dist",
  partial: "/opt/shop/versions/.x.partial",
  to: `/opt/shop/versions/${newRelease.id}`,
  against: [`/opt/shop/versions/${oldRelease.id}`, "/opt/shop/versions/2024_01_01T00_00_00-v0.9"],
  log: undefined,
  keepTimes: false,
};

const send = task({ name: "upload:send", title: "send the release", undo: "not-needed", commands: () => [upload] });
const flip = task({
  name: "nginx:switch",
  barrier: true,
  commands: ({ layout, idle, app }) => [
    write(layout.backend, rawLine(`server 127.0.0.1:${app.ports[idle]};\n`)),
    sudo(["nginx", "-t"], { optional: true }),
  ],
  undo: ({ layout, facts }) => [write(layout.backend, rawLine(facts.files.backend ?? ""))],
});

test("a plan has a line for each task, what it changes, and what to type next; equal hosts share them", () => {
  const install = task({
    name: "systemd:install",
    title: "install the unit",
    undo: "not-needed",
    commands: ({ layout }) => [
      write(layout.unit, rawLine("[Unit]\nA=2\n")),
      shell("reload", sh`systemctl daemon-reload`),
    ],
  });
  const environment = task({
    name: "environment:write",
    title: "write the environment",
    undo: "not-needed",
    commands: ({ layout, idle }) => [
      write(layout.environment(idle), environmentFile({ A: new Secret("hush") }), "0600"),
    ],
  });
  const hosts = Array.from({ length: 30 }, (_, index) => `h${index + 1}`);
  const targets = hosts.map((host) => aTarget({ host, live: "blue", facts: { files: { unit: "[Unit]\nA=1\n" } } }));
  const environments = new Map(hosts.map((host) => [host, ["~ LEVEL: info → debug", "+ A=[secret]"]]));
  const plan = makePlan(newRelease, [send, install, environment, flip], targets);
  assert.is(
    explain(plan, { environments, next: "bgdeploy run production" }),
    `Release 2025_05_13T00_00_00-v1.1

all 30 hosts  v1.0 (blue) → v1.1 (green)

Prepare
  Send the release       dist, sharing unchanged files with 2025_05_01T00_00_00-v1.0
  Install the unit       /etc/systemd/system/shop@.service
       [Unit]
      -A=1
      +A=2
  Write the environment  /opt/shop/environment-green
      ~ LEVEL: info → debug
      + A=[secret]

Switch  (once all hosts are done with the above)
  nginx:switch  /opt/shop/backend.conf
      -server 127.0.0.1:8001;
      +server 127.0.0.1:8002;

4 tasks on 30 hosts. Nothing has been changed. To see every command: --commands
Next: bgdeploy run production
`,
  );
});

test("a plan is no wider than the terminal, also with long names of hosts and long lines in files", () => {
  const hosts = Array.from({ length: 7 }, (_, index) => `web-${index * 2}.frankfurt.production.example.com`);
  const unit = `[Service]\nEnvironment=${"A=1 ".repeat(60)}\n`;
  const install = task({
    name: "systemd:install",
    title: "install the unit",
    undo: "not-needed",
    commands: ({ layout }) => [write(layout.unit, rawLine(unit))],
  });
  const targets = hosts.map((host, index) =>
    aTarget({ host, live: "blue", facts: { files: { unit: index === 0 ? "[Service]\nA=1\n" : "[Service]\n" } } }),
  );
  const plan = makePlan(newRelease, [send, install, flip], targets);
  const environments = new Map(hosts.map((host) => [host, [`~ TEXT: ${"one ".repeat(30)}→ two`]]));
  const lines = explain(plan, { environments, columns: 80 }).split("\n");
  assert.equal(
    lines.filter((line) => line.length > 80),
    [],
  );
  assert.ok(lines.some((line) => line.includes(hosts[6] ?? "")));
});

test.run();
