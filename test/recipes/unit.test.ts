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

test("a socket gets a directory for each variant, which nginx can come to by the group, whatever the sandbox", () => {
  for (const sandbox of [true, false]) {
    const text = unit({ listen: "socket", sandbox });
    assert.equal(directive("RuntimeDirectory", text), ["RuntimeDirectory=shop/%i"]);
    assert.equal(directive("RuntimeDirectoryMode", text), ["RuntimeDirectoryMode=0750"]);
    assert.equal(directive("UMask", text), ["UMask=0007"]);
    assert.equal(directive("Ports", text), ["Ports="]);
  }
});

test("a unit serves both variants, restarts without end, and may write nowhere", () => {
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
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
LimitCORE=0
UMask=0027

[Install]
WantedBy=multi-user.target

[X-Bgdeploy]
Ports=8001 8002
`,
  );
});

test("without the sandbox the service may not write into its release, and all else is systemd's default", () => {
  const [, service = ""] = unit({ sandbox: false }).split("\n\n");
  assert.match(service, /\nTimeoutStopSec=30\nReadOnlyPaths=-\/opt\/shop\/versions$/);
});

test("an app that writes into its release may, and into no other one", () => {
  assert.equal(directive("ReadOnlyPaths", unit({ writable: true })), []);
  assert.equal(directive("ReadWritePaths", unit({ writable: true })), [
    "ReadWritePaths=-/opt/shop/versions/current-%i",
  ]);
  assert.equal(directive("ReadWritePaths", unit({ writable: true, sandbox: false })), []);
});

for (const [destination, home, bound] of [
  ["/opt/shop", "yes", []],
  ["/srv/shop", "yes", []],
  ["/homes/shop", "yes", []],
  ["/home/deploy/shop", "tmpfs", ["BindReadOnlyPaths=/home/deploy/shop"]],
  ["/root/shop", "tmpfs", ["BindReadOnlyPaths=/root/shop"]],
] as const) {
  test(`of the home directories the service sees nothing but its destination, if that is there: ${destination}`, () => {
    const text = unit({ destination });
    assert.equal(directive("ProtectHome", text), [`ProtectHome=${home}`]);
    assert.equal(directive("BindReadOnlyPaths", text), bound);
  });
}

test("systemd makes the places where the service may write: for each variant its own at runtime, else one for both", () => {
  const text = unit({ state: true, cache: true, logs: true, runtime: true });
  assert.equal(
    text.split("\n").filter((line) => /Directory(Mode)?=/.test(line) && !line.startsWith("Working")),
    [
      "StateDirectory=shop",
      "StateDirectoryMode=0700",
      "CacheDirectory=shop",
      "CacheDirectoryMode=0700",
      "LogsDirectory=shop",
      "LogsDirectoryMode=0700",
      "RuntimeDirectory=shop/%i",
      "RuntimeDirectoryMode=0750",
    ],
  );
});

for (const sandbox of [true, false]) {
  test(`an app may bind a port under 1024, and has no other capability (sandbox: ${sandbox})`, () => {
    const text = unit({ sandbox, ports: { blue: 80, green: 8002 } });
    assert.equal(directive("AmbientCapabilities", text), ["AmbientCapabilities=CAP_NET_BIND_SERVICE"]);
    assert.equal(
      directive("CapabilityBoundingSet", text),
      sandbox ? ["CapabilityBoundingSet=", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"] : [],
    );
  });
}

test("the user's unit opens the sandbox: what systemd adds up is added, an empty value takes ours back, all else wins", () => {
  const text = unit({
    state: true,
    unit: {
      Service: {
        ProtectHome: "read-only",
        StateDirectory: ["shop", "shop-archive"],
        ReadOnlyPaths: "/etc",
        ReadWritePaths: "/srv/uploads",
        SystemCallFilter: ["@mount"],
        RestrictAddressFamilies: "",
        AmbientCapabilities: "CAP_SYS_NICE",
      },
    },
  });
  assert.equal(directive("ProtectHome", text), ["ProtectHome=read-only"]);
  assert.equal(directive("StateDirectory", text), ["StateDirectory=shop", "StateDirectory=shop-archive"]);
  assert.equal(directive("ReadOnlyPaths", text), ["ReadOnlyPaths=-/opt/shop/versions", "ReadOnlyPaths=/etc"]);
  assert.equal(directive("ReadWritePaths", text), ["ReadWritePaths=/srv/uploads"]);
  assert.equal(directive("SystemCallFilter", text), ["SystemCallFilter=@system-service", "SystemCallFilter=@mount"]);
  assert.equal(directive("RestrictAddressFamilies", text), ["RestrictAddressFamilies="]);
  // What it is given must be in the set, or it does not start.
  assert.equal(directive("AmbientCapabilities", text), ["AmbientCapabilities=CAP_SYS_NICE"]);
  assert.equal(directive("CapabilityBoundingSet", text), [
    "CapabilityBoundingSet=",
    "CapabilityBoundingSet=CAP_SYS_NICE",
  ]);
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

test("the user's directives win over ours, a list gives several, a new section comes behind ours", () => {
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
  assert.match(
    text,
    /\[Install\]\nWantedBy=multi-user\.target\n\n\[X-Ours\]\nKey=value\n\n\[X-Bgdeploy\]\nPorts=8001 8002\n$/,
  );
});

test("systemd finds nothing to say about the unit", () => {
  if (spawnSync("systemd-analyze", ["--version"]).error) return;
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  try {
    const file = join(directory, "shop@blue.service");
    const text = unit({
      exec: { name: "shop", flags: ["100%", "$HOME", 'a "b" \\ c'], user: "root" },
      group: "root",
      ports: { blue: 80, green: 81 },
      state: true,
      cache: true,
      logs: true,
      runtime: true,
    });
    writeFileSync(file, text.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
    const about = stderr.split("\n").filter((line) => line.includes("shop@"));
    assert.equal({ status, about }, { status: 0, about: [] });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
