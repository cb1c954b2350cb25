import { cpus, loadavg, release, totalmem } from "node:os";
import { readFile } from "node:fs/promises";
import { run } from "../test/lab/command.ts";
import type { Missing } from "./install.ts";
import type { Machine } from "./record.ts";
import type { Tool } from "./tools/tool.ts";

/** Describes this machine and what is compared on it. */
export async function describeMachine(tools: readonly Tool[], missing: readonly Missing[]): Promise<Machine> {
  const names = tools.map(({ name }) => name);
  const calls: readonly (readonly string[])[] = [
    ["ssh", "-V"],
    ["rsync", "--version"],
    ...(names.includes("capistrano") ? [["cap", "--version"]] : []),
    ...(names.includes("ansible") ? [["ansible", "--version"]] : []),
  ];
  const versions = await Promise.all(
    calls.map(async (words) => {
      const { stdout, stderr } = await run(words);
      return (stdout || stderr).split("\n")[0]?.trim() ?? "";
    }),
  );
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(await readFile("/etc/os-release", "utf8"))?.[1] ?? "Linux";
  return {
    date: new Date().toISOString().slice(0, 10),
    system: `${system}, Linux ${release()}`,
    processors: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    versions: [`Node ${process.versions.node}`, ...versions],
    about: tools.map(({ name, about }) => ({ name, text: about })),
    missing,
    load: loadavg()[0] ?? 0,
  };
}
