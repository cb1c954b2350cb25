import { symlinkSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeLayout } from "../../lib/model/layout.ts";
import { busyPorts, neighbours, parseBusyPorts, parseNeighbours } from "../../lib/remote/neighbours.ts";
import { probeShell } from "../../lib/remote/probe-shell.ts";
import { bash, withDirectory } from "./support/bash.ts";

test("of each other app the ports are read, or else the live one", () => {
  const lines = [
    "app wiki@.service Ports=8011 8012",
    "app blog@.service Ports=",
    "app old@.service ",
    "live 8001",
    "app closed@.service ",
    "something else",
  ];
  assert.equal(parseNeighbours(lines), [
    { name: "wiki", ports: [8011, 8012], live: undefined },
    { name: "blog", ports: [], live: undefined },
    { name: "old", ports: undefined, live: 8001 },
    { name: "closed", ports: undefined, live: undefined },
  ]);
});

test("a copy of the app's own unit is no other app, and of a unit without an end the first bytes are read", () =>
  withDirectory(async (directory) => {
    const unit = (at: string, ports: string): string =>
      `[Service]\nWorkingDirectory=${at}/versions/current-%i\n\n[X-Bgdeploy]\nPorts=${ports}\n`;
    writeFileSync(`${directory}/shop@.service`, unit("/opt/shop", "8001 8002"));
    writeFileSync(`${directory}/shop.bak@.service`, unit("/opt/shop", "8001 8002"));
    symlinkSync(`${directory}/shop@.service`, `${directory}/alias@.service`);
    writeFileSync(`${directory}/long@.service`, `#${"x".repeat(20_000_000)}\n${unit("/opt/long", "8021 8022")}`);
    writeFileSync(`${directory}/wiki@.service`, unit("/opt/wiki", "8011 8012"));
    const layout = { ...makeLayout("shop", "/opt/shop"), unit: `${directory}/shop@.service` };
    const line = neighbours(layout).raw.replaceAll("/etc/systemd/system", directory);
    const { output } = await bash(`ulimit -v 200000\n${probeShell}\n${line}\nprintf %s "$bg_answer"`);
    assert.is(output, "app wiki@.service Ports=8011 8012\n");
  }));

test("of all who listen, the ports from 8000 to 8959 are told, of IPv4 and IPv6", async () => {
  const row = (local: string, state = "0A"): string =>
    `   3: ${local} ${local.includes("0".repeat(30)) ? "0".repeat(32) : "00000000"}:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0`;
  const ports = ["0016", "1F3F", "1F40", "1F41", "1FFF", "22FF", "2300", "D1F4"];
  const rows = [
    ...ports.map((port) => row(`0100007F:${port}`)),
    row(`${"0".repeat(32)}:1F4B`),
    row("0100007F:1F4C", "01"),
  ];
  const { output } = await bash(
    `${probeShell}\nmapfile -t bg_text <<'END'\n${rows.join("\n")}\nEND\n${busyPorts.raw}\nprintf %s "$bg_answer"`,
  );
  assert.equal(parseBusyPorts(output.trim().split("\n")), [8000, 8001, 8191, 8959, 8011]);
});

test.run();
