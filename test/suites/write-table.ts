import { readFileSync, writeFileSync } from "node:fs";
import { suites } from "../lab/debian.ts";
import { mustRun } from "../lab/command.ts";
import { startLab } from "../lab/lab.ts";
import { nameOf, programs, readme, versionsOn } from "./support/versions.ts";

// Asks a host of each Debian release for its programs, and writes README's table anew.
const rows: string[] = [];
for (const suite of suites) {
  await using lab = await startLab({ hosts: 1, bastion: false, suite, name: "table" });
  rows.push(`| ${[nameOf(suite), ...(await versionsOn(lab, "h1"))].join(" | ")} |`);
}
const head = [`| | ${programs.join(" | ")} |`, `| --- ${"| --- ".repeat(programs.length)}|`];
const text = readFileSync(readme, "utf8");
const table = /(?<=<!-- tried on -->\n\n)(?:\|.*\n)*/;
if (!table.test(text)) throw new Error("README.md has no line <!-- tried on -->");
writeFileSync(readme, text.replace(table, `${[...head, ...rows].join("\n")}\n`));
await mustRun(["npx", "oxfmt", readme]);
