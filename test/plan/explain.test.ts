import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Command, UploadCommand } from "../../lib/model/command.ts";
import { shell, sudo, write } from "../../lib/model/command.ts";
import { environmentFile } from "../../lib/model/environment.ts";
import { Secret } from "../../lib/model/secret.ts";
import { rawLine, sh } from "../../lib/model/shell.ts";
import { task } from "../../lib/model/task.ts";
import { printable } from "../../lib/model/printable.ts";
import { describe, describeSlot, isUserCode } from "../../lib/plan/describe.ts";
import { explain } from "../../lib/plan/explain.ts";
import { listHosts } from "../../lib/plan/host-list.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { aTarget, aUnit, newRelease, oldRelease } from "../support/target.ts";

const upload: UploadCommand = {
  kind: "upload",
  from: "dist",
  partial: "/opt/shop/versions/.x.partial",
  to: `/opt/shop/versions/${newRelease.id}`,
  against: [`/opt/shop/versions/${oldRelease.id}`, "/opt/shop/versions/2024_01_01T00_00_00-v0.9"],
  log: undefined,
  keepTimes: false,
};
const migrate: Command = { kind: "hook", title: "migrate", run: () => {} };
const script: Command = {
  kind: "script",
  file: "scripts/pre.sh",
  path: "/opt/shop/.bgdeploy/hooks/pre.sh",
  words: ["blue", "green"],
};

const descriptions: readonly (readonly [Command, string])[] = [
  [shell("greet", sh`echo ${"it's"} ${new Secret("hush")}`), `echo 'it'\\''s' [secret]`],
  [sudo(["systemctl", "start", "shop@green.service"]), "sudo systemctl start shop@green.service"],
  [sudo(["tee", "/etc/a b"], { input: rawLine("ä\n") }), "sudo tee '/etc/a b' < (3 bytes)"],
  [
    write("/opt/shop/backend.conf", rawLine("server 127.0.0.1:8001;\n")),
    "write /opt/shop/backend.conf (0644, 23 bytes)",
  ],
  [
    write("/opt/shop/environment-blue", environmentFile({ A: new Secret("hush") }), "0600"),
    "write /opt/shop/environment-blue (0600, with secrets)",
  ],
  [upload, `rsync dist/ → h1:/opt/shop/versions/${newRelease.id}/ (sharing with ${oldRelease.id})`],
  [{ ...upload, against: [] }, `rsync dist/ → h1:/opt/shop/versions/${newRelease.id}/ (a full copy)`],
  [migrate, 'hook "migrate" (TypeScript)'],
  [script, "bash /opt/shop/.bgdeploy/hooks/pre.sh blue green (a copy of scripts/pre.sh)"],
];

for (const [command, text] of descriptions) {
  test(`a command is described as: ${text}`, () => assert.is(describe(command, aTarget()), text));
}

test("root needs no sudo", () => {
  const target = aTarget({ facts: { sudo: { kind: "root" } } });
  assert.is(describe(sudo(["systemctl", "reload", "nginx"]), target), "systemctl reload nginx");
});

test("the user's own code is told by its description", () => {
  const target = aTarget();
  assert.equal(
    [migrate, script, upload, shell("x", sh`bash -c true`)].map((each) => isUserCode(describe(each, target))),
    [true, true, false, false],
  );
});

test("nothing printable steers a terminal", () => {
  assert.is(
    printable("\u001B[31mred\u001B[0m\u001B]0;title\u0007\ttab\nbell\u0007 \u009B2J\u202Eend"),
    "red\ttab\nbell end",
  );
  assert.is(printable("1 %\r50 %\r100 %\r\nnext\r"), "100 %\nnext");
  assert.is(printable("\u001B(B\u001BcÄ → 😀"), "Ä → 😀");
});

test("a release in its slot is named by its version", () => {
  assert.is(describeSlot(oldRelease.id, "blue"), "v1.0 (blue)");
  assert.is(describeSlot("by-hand", undefined), "by-hand");
  assert.is(describeSlot(undefined, "green"), "green");
  assert.is(describeSlot(undefined, undefined), undefined);
});

test("many hosts are listed in few words", () => {
  const all = Array.from({ length: 50 }, (_, index) => `h${index}`);
  assert.is(listHosts(["h1", "h2"], all), "h1, h2");
  assert.is(listHosts(all, all), "all 50 hosts");
  assert.is(listHosts([...all.slice(10, 30), "db"], [...all, "db"]), "h10–h29, db");
  assert.is(listHosts(all.slice(2), all), "all 50 hosts except h0, h1");
});

const send = task({ name: "upload:send", title: "send the release", undo: "not-needed", commands: () => [upload] });
const check = task({
  name: "health:wait",
  undo: "irreversible",
  commands: () => [shell("wait for the port", rawLine("until curl -s localhost; do\n  sleep 1\ndone"))],
});
const flip = task({
  name: "nginx:switch",
  barrier: true,
  commands: ({ layout, idle, app }) => [
    write(layout.backend, rawLine(`server 127.0.0.1:${app.ports[idle]};\n`)),
    sudo(["nginx", "-t"], { optional: true }),
  ],
  undo: ({ layout, facts }) => [write(layout.backend, rawLine(facts.files.backend ?? ""))],
});

test("a plan says what is live, and groups hosts that do the same", () => {
  const noRule = { sudo: { kind: "rules", rules: [] } } as const;
  const targets = [
    aTarget({ host: "h1", live: "blue", facts: noRule }),
    aTarget({ host: "h2", live: "blue", facts: noRule }),
    aTarget({ host: "new-1" }),
    aTarget({ host: "h4", live: "blue", facts: { units: { blue: aUnit("failed") } } }),
    aTarget({ host: "h5", live: "blue", facts: { files: { variant: "green" } } }),
  ];
  assert.is(
    explain(makePlan(newRelease, [send, flip], targets), { commands: true }),
    `Release 2025_05_13T00_00_00-v1.1

h1, h2  v1.0 (blue) → v1.1 (green)
new-1   nothing     → v1.1 (blue)   first deploy
h4      v1.0 (blue) → v1.1 (green)  blue is live, but down: no request is served
h5      v1.0 (blue) → v1.1 (green)  repairs: reload nginx until it is proven, record what is live

Warning: h1, h2: nginx:switch: \`nginx -t\` is skipped: no sudo rule allows it (\`bgdeploy sudoers <stage>\` prints it)

Prepare
  upload:send  send the release
    h1, h2, new-1, h4, h5:
      rsync dist/ → HOST:/opt/shop/versions/2025_05_13T00_00_00-v1.1/ (sharing with 2025_05_01T00_00_00-v1.0)

Switch  (once all hosts are done with the above)
  nginx:switch
    h1, h2:
      write /opt/shop/backend.conf (0644, 23 bytes)
        -server 127.0.0.1:8001;
        +server 127.0.0.1:8002;
    new-1:
      write /opt/shop/backend.conf (0644, 23 bytes)
        (new file)
        +server 127.0.0.1:8001;
      sudo nginx -t
    h4, h5:
      write /opt/shop/backend.conf (0644, 23 bytes)
        -server 127.0.0.1:8001;
        +server 127.0.0.1:8002;
      sudo nginx -t
`,
  );
});

test("a plan for one host has no groups and no waiting, and says the undo when asked", () => {
  assert.is(
    explain(makePlan(newRelease, [send, check, flip], [aTarget({ live: "blue" })]), { undo: true }),
    `Release 2025_05_13T00_00_00-v1.1

h1  v1.0 (blue) → v1.1 (green)

Prepare
  upload:send  send the release
    rsync dist/ → h1:/opt/shop/versions/2025_05_13T00_00_00-v1.1/ (sharing with 2025_05_01T00_00_00-v1.0)
    undo: not needed

Start
  health:wait
    # wait for the port
    until curl -s localhost; do
      sleep 1
    done
    undo: none, from here on the new version stays live

Switch
  nginx:switch
    write /opt/shop/backend.conf (0644, 23 bytes)
      -server 127.0.0.1:8001;
      +server 127.0.0.1:8002;
    sudo nginx -t
    undo:
      write /opt/shop/backend.conf (0644, 23 bytes)
`,
  );
});

test("a plan without commands says so", () => {
  assert.is(
    explain(makePlan(newRelease, [], [aTarget()])),
    "Release 2025_05_13T00_00_00-v1.1\n\nh1  nothing → v1.1 (blue)  first deploy\n\nThere is nothing to do.\n",
  );
});

test.run();
