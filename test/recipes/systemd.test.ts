import { test } from "uvu";
import * as assert from "uvu/assert";
import { sumOf } from "../../lib/config/sum.ts";
import { keepLine, restoreLine } from "../../recipes/keep.ts";
import { systemd, unitText } from "../../recipes/index.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, newRelease } from "../support/target.ts";
import { linesOf, namesOf, undoOf } from "./support/lines.ts";

const [install, environment] = systemd.install();
const [start, enable] = systemd.start();
const [drain, stop] = systemd.stop();
const unit = "/etc/systemd/system/shop@.service";
const plain = aTarget();
const text = unitText(plain.app, plain.layout);
const size = new TextEncoder().encode(text).length;
const settle =
  '[ "$(systemctl show -p NeedDaemonReload --value systemd-journald.service)" != yes ] || sudo -n systemctl daemon-reload';
const root = { kind: "root" } as const;

const shown =
  "-p MainPID,NRestarts,UID,InvocationID,InactiveExitTimestamp shop@green.service >/opt/shop/.bgdeploy/restarts";
const noteStart = `systemctl show --timestamp=us+utc ${shown} 2>/dev/null || systemctl show ${shown}`;

test("the parts of systemd stand where deploy() needs them", () => {
  assert.equal(namesOf([...systemd.install(), ...systemd.start(), ...systemd.stop()]), [
    "systemd:install",
    "environment:write",
    "systemd:start",
    "systemd:enable",
    "nginx:drain",
    "‖ systemd:stop (commits)",
  ]);
});

const installs: readonly (readonly [string, TargetOptions, readonly string[], readonly string[]])[] = [
  [
    "a first unit is written with tee, synced and loaded; without a former one nothing is put back",
    {},
    [`sudo tee ${unit} < (${size} bytes)`, `sync ${unit}`, "sudo systemctl daemon-reload"],
    [],
  ],
  [
    "a unit that differs is replaced, and put back by the undo",
    { live: "blue", facts: { files: { unit: "[Unit]\n" } } },
    [`sudo tee ${unit} < (${size} bytes)`, `sync ${unit}`, "sudo systemctl daemon-reload"],
    [`sudo tee ${unit} < (7 bytes)`, `sync ${unit}`, "sudo systemctl daemon-reload"],
  ],
  ["an equal unit is left alone", { live: "blue", facts: { files: { unit: text } } }, [], []],
  [
    "root writes the unit beside and renames it",
    { live: "blue", facts: { sudo: root, files: { unit: "[Unit]\n" } } },
    [`write ${unit} (0644, ${size} bytes)`, "systemctl daemon-reload"],
    [`write ${unit} (0644, 7 bytes)`, "systemctl daemon-reload"],
  ],
];

for (const [name, options, lines, undo] of installs) {
  test(name, () => {
    assert.equal(linesOf(install, aTarget(options)), lines);
    assert.equal(undoOf(install, aTarget(options)), undo);
  });
}

test("the idle variant is started anew, also where it runs: a leftover would pass the health check with old code", () => {
  assert.equal(linesOf(start, aTarget({ live: "blue" })), ["sudo systemctl restart shop@green.service", noteStart]);
});

test("the undo of a start stops it when what it was still answering has come to its end", () => {
  assert.equal(undoOf(start, aTarget({ live: "blue" })), [
    "# wait for the old connections",
    "sudo systemctl stop shop@green.service",
  ]);
});

test("the new variant is enabled before the switch, and disabled by the undo, also where a crashed run had enabled it", () => {
  assert.equal(linesOf(enable, aTarget({ live: "green" })), [
    "sudo systemctl --no-reload enable shop@blue.service (optional)",
  ]);
  assert.equal(undoOf(enable, aTarget({ live: "green" })), [
    "sudo systemctl --no-reload disable shop@blue.service (optional)",
    settle,
  ]);
  const before = aTarget({ live: "green", facts: { units: { blue: { active: "inactive", enabled: true, pid: 0 } } } });
  assert.equal(undoOf(enable, before), undoOf(enable, aTarget({ live: "green" })));
});

const told =
  "[ ! -s /opt/shop/.bgdeploy/unanswered ] || { cat /opt/shop/.bgdeploy/unanswered; rm -f /opt/shop/.bgdeploy/unanswered; false; }";

test("the old variant is stopped and disabled when the old connections are gone", () => {
  const target = aTarget({ live: "blue" });
  assert.equal(linesOf(drain, target), [
    "# a request through nginx to the new variant",
    "# wait for the old connections",
  ]);
  assert.equal(linesOf(stop, target), ["sudo systemctl --no-reload disable --now shop@blue.service", settle, told]);
  assert.equal([undoOf(drain, target), undoOf(stop, target)], ["not-needed", "irreversible"]);
});

const older = ["start", "stop"].flatMap((verb) => bothOf(verb));
const fallbacks: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  [
    "with the spec's rules alone",
    older,
    ["stop shop@green.service", "start shop@green.service"],
    ["stop shop@blue.service", "disable shop@blue.service (optional)"],
  ],
  [
    "with the rules of before",
    [...older, ...bothOf("--no-reload disable")],
    ["stop shop@green.service", "start shop@green.service"],
    ["stop shop@blue.service", "--no-reload disable shop@blue.service (optional)"],
  ],
  [
    "where only a restart is allowed besides",
    [...older, ...bothOf("restart")],
    ["restart shop@green.service"],
    ["stop shop@blue.service", "disable shop@blue.service (optional)"],
  ],
  [
    "where the rules of restart and disable --now are of the other variant",
    [
      ...older,
      "/bin/systemctl restart shop@blue.service",
      "/bin/systemctl --no-reload disable --now shop@green.service",
    ],
    ["stop shop@green.service", "start shop@green.service"],
    ["stop shop@blue.service", "disable shop@blue.service (optional)"],
  ],
];

function bothOf(verb: string): readonly string[] {
  return ["blue", "green"].map((variant) => `/bin/systemctl ${verb} shop@${variant}.service`);
}

for (const [where, rules, starts, stops] of fallbacks) {
  test(`${where} a variant is stopped before it is started, and stopped as well as disabled as these allow`, () => {
    const target = aTarget({ live: "blue", facts: { sudo: { kind: "rules", rules } } });
    const sudos = (lines: readonly string[]): readonly string[] =>
      lines.flatMap((line) => /^sudo systemctl (.*)$/.exec(line)?.[1] ?? []);
    assert.equal([sudos(linesOf(start, target)), sudos(linesOf(stop, target))], [starts, stops]);
  });
}

test("an old variant that is kept warm is disabled, and noted instead of stopped", () => {
  const target = aTarget({ live: "blue", app: { keepPrevious: "warm" } });
  assert.equal(linesOf(stop, target), [
    "write /opt/shop/.bgdeploy/warm (0600, 5 bytes)",
    "sudo systemctl --no-reload disable shop@blue.service (optional)",
    settle,
    told,
  ]);
});

test("after a first deploy there is no old variant to drain or stop, and a request is sent when it can stay", () => {
  assert.equal(
    [linesOf(drain, aTarget()), linesOf(stop, aTarget())],
    [[], ["# a request through nginx to the new variant"]],
  );
});

test("root runs all of it without sudo", () => {
  const target = aTarget({ live: "blue", facts: { sudo: root } });
  assert.equal(
    [...linesOf(start, target), ...linesOf(stop, target)],
    [
      "systemctl restart shop@green.service",
      noteStart,
      "systemctl --no-reload disable --now shop@blue.service",
      settle.replace("sudo -n ", ""),
      told,
    ],
  );
});

test("the environment is kept and written for its owner alone; with it the unit is recorded of the release", () => {
  const target = aTarget({ live: "blue" });
  const path = "/opt/shop/environment-green";
  const before = "/opt/shop/.bgdeploy/environment.before";
  const bytes =
    'HOST="127.0.0.1"\nPORT="8002"\nPLTUSERHOME="/opt/shop"\nSHOP_HTTP_HOST="127.0.0.1"\nSHOP_HTTP_PORT="8002"\nSHOP_VARIANT="green"\n';
  const sums = `${sumOf(bytes)}  ${newRelease.id}.env\n${sumOf(text)}  ${newRelease.id}.service\n`;
  assert.equal(linesOf(environment, target), [
    keepLine(path, before, "name").raw,
    `write ${path} (0600, ${bytes.length} bytes)`,
    `write /opt/shop/.bgdeploy/releases/${newRelease.id}.env (0600, ${bytes.length} bytes)`,
    `write /opt/shop/.bgdeploy/releases/${newRelease.id}.service (0600, ${size} bytes)`,
    `write /opt/shop/.bgdeploy/releases/${newRelease.id}.sha256 (0600, ${sums.length} bytes)`,
  ]);
  assert.equal(undoOf(environment, target), [restoreLine(path, before).raw]);
  const contents = environment?.commands(target).map((each) => (each.kind === "write" ? each.content.raw : undefined));
  assert.equal(contents, [undefined, bytes, bytes, text, sums]);
});

test("the unit is recorded also where the host has it already, or the strict rules leave it to setup", () => {
  for (const [unit, rules] of [
    [text, ["ALL"]],
    [text, older],
    ["[Unit]\n", ["ALL"]],
  ] as const) {
    const target = aTarget({ live: "blue", facts: { sudo: { kind: "rules", rules }, files: { unit } } });
    const last = environment?.commands(target).at(-2);
    assert.is(last?.kind === "write" && last.path, `/opt/shop/.bgdeploy/releases/${newRelease.id}.service`);
    assert.is(last?.kind === "write" && last.content.raw, text);
  }
});

test("the user's variables come after ours and win", () => {
  const target = aTarget({ live: "green", app: { env: { PORT: "80", GREETING: "hello" } } });
  const [, written] = environment?.commands(target) ?? [];
  assert.is(
    written?.kind === "write" && written.content.raw,
    'HOST="127.0.0.1"\nPORT="80"\nPLTUSERHOME="/opt/shop"\nSHOP_HTTP_HOST="127.0.0.1"\nSHOP_HTTP_PORT="8001"\nSHOP_VARIANT="blue"\nGREETING="hello"\n',
  );
});

test.run();
