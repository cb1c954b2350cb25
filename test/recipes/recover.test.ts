import { test } from "uvu";
import * as assert from "uvu/assert";
import { recover } from "../../recipes/index.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, aUnit, oldRelease } from "../support/target.ts";
import { linesOf, namesOf } from "./support/lines.ts";

const note = "# note the nginx workers";
const reload = [
  note,
  "sudo nginx -t (optional)",
  "sudo systemctl reload nginx",
  "# wait until nginx has taken the change",
  "# wait for the old connections",
];
const link = `link /opt/shop/versions/current → ${oldRelease.id}`;
const record = (variant: string): readonly string[] => [
  `write /opt/shop/variant (0644, ${variant.length + 1} bytes)`,
  link,
  `sudo systemctl --no-reload enable shop@${variant}.service (optional)`,
];
const repoint = "write /opt/shop/backend.conf (0644, 23 bytes)";

const rows: readonly (readonly [string, TargetOptions, readonly string[]])[] = [
  ["a host where all agree needs nothing", { live: "blue" }, []],
  ["a host before its first deploy needs nothing", {}, []],
  [
    "a live variant that is down is left to the deploy",
    { live: "blue", facts: { units: { blue: aUnit("failed") } } },
    [],
  ],
  ["what is unclear is not touched", { live: "blue", facts: { files: { backend: undefined } } }, []],
  [
    "two that run after a crash before the switch: a proven reload",
    { live: "blue", facts: { units: { green: aUnit("active") } } },
    reload,
  ],
  [
    "a record behind the file after a crash around the switch: a proven reload, then the record",
    { live: "blue", facts: { files: { variant: "green" } } },
    [...reload, ...record("blue")],
  ],
  [
    "a file that names the one that is down: pointed to the one that runs first, with no record that agrees before nginx does",
    { live: "green", facts: { files: { backend: "server 127.0.0.1:8001;\n" }, environmentPorts: { blue: 8001 } } },
    ["rm -f /opt/shop/variant", repoint, ...reload, ...record("green")],
  ],
];

for (const [name, options, lines] of rows) {
  test(name, () => {
    const target = aTarget(options);
    assert.equal(
      recover().flatMap((task) => linesOf(task, target)),
      lines,
    );
  });
}

test("after a restart that died behind its switch, what serves now is recorded of the release", () => {
  const both = { blue: oldRelease.id, green: oldRelease.id };
  const died = { live: "green", facts: { files: { variant: "blue" }, links: both } } as const;
  const lines = recover().flatMap((task) => linesOf(task, aTarget(died)));
  const record = `/opt/shop/.bgdeploy/releases/${oldRelease.id}.env`;
  assert.ok(lines.some((line) => line.includes(`cp /opt/shop/environment-green ${record}.bgdeploy-new`)));
  // The last thing: a run that dies before it finds the same again.
  assert.ok(
    lines.findIndex((line) => line.includes(record)) < lines.findIndex((line) => line.includes("shop/variant")),
  );
});

test("an instant site is pointed by its flag, and has no reload to prove", () => {
  const target = aTarget({
    live: "green",
    facts: { nginx: { includesFlag: true }, files: { variant: "blue", liveGreen: false } },
  });
  const lines = recover().flatMap((task) => linesOf(task, target));
  assert.equal(lines, [
    repoint,
    ": >/opt/shop/live-green && sync /opt/shop/live-green /opt/shop",
    "# wait for the old connections",
    ...record("green"),
  ]);
});

test("nginx is pointed to the port that the host's own environment names", () => {
  const target = aTarget({
    live: "green",
    facts: { files: { backend: "server 127.0.0.1:8001;\n" }, environmentPorts: { blue: 8001, green: 9002 } },
  });
  const command = recover()[0]
    ?.commands(target)
    .find(({ kind }) => kind === "write");
  assert.is(command?.kind === "write" && command.content.raw, "server 127.0.0.1:9002;\n");
});

test("no unit is stopped while it is not proven what nginx routes to", () => {
  for (const [, options] of rows) {
    const lines = recover().flatMap((task) => linesOf(task, aTarget(options)));
    assert.not.ok(lines.some((line) => /systemctl (stop|restart)| --now /.test(line)));
  }
});

test("putting right is never undone", () => {
  assert.equal(namesOf(recover()), ["recover:repoint", "recover:reload", "recover:record"]);
  assert.ok(recover().every((task) => task.undo === "not-needed"));
});

test.run();
