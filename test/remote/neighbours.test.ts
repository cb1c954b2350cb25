import { test } from "uvu";
import * as assert from "uvu/assert";
import { busyPorts, parseBusyPorts, parseNeighbours } from "../../lib/remote/neighbours.ts";
import { probeShell } from "../../lib/remote/probe-shell.ts";
import { bash } from "./support/bash.ts";

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
