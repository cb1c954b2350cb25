import type { Ended } from "../../support/bgdeploy.ts";
import type { Scene } from "../../support/e2e.ts";
import { said, withoutTimes } from "../../support/hosts.ts";

/** What a doctor printed, without what differs from run to run, and without the limits that hold of every such host. */
export function told({ stdout }: Ended, { project }: Scene): string {
  return withoutTimes(stdout)
    .replace(/known limits .*\n(?: .*\n)+\n/, "")
    .replaceAll(/ -F \S+/g, "")
    .replaceAll(project.directory, "DIR");
}

/** Does something to hosts as root: `{ h1: ["rm …"] }`. */
export async function onHosts({ lab }: Scene, commands: Readonly<Record<string, readonly string[]>>): Promise<void> {
  await Promise.all(
    Object.entries(commands).map(async ([host, lines]) => {
      for (const line of lines) await said(lab, host, line);
    }),
  );
}

/** Commands that only look closer, or need the world outside. */
const looks = /^(sudo )?(journalctl|df|ss|nginx|grep|diff|cat|apt-get|ls) /;

/**
 * Types the commands that a doctor has printed, in their order: those for a host as its admin, our own ones here.
 * Gives those that were typed.
 */
export async function typeMends(scene: Scene, { stdout }: Ended): Promise<readonly string[]> {
  const lines = new Set([...stdout.matchAll(/^ {13}(\S.*)$/gm)].map(([, line = ""]) => line));
  const typed: string[] = [];
  for (const line of lines) {
    const [, host = "", quoted = ""] = /^ssh .*?(?:-t )?(h\d) '(.*)'$/.exec(line) ?? [];
    const command = quoted.replaceAll(String.raw`'\''`, "'");
    const words = /^bgdeploy (setup .*)$/.exec(line)?.[1]?.split(" ");
    if (host !== "" && !looks.test(command)) {
      await said(scene.lab, host, command);
      typed.push(command);
    } else if (words !== undefined) {
      const { code, stderr } = await scene.project.run(...words, "--yes");
      if (code !== 0) throw new Error(`${line}: ${stderr}`);
      typed.push(`bgdeploy ${words.join(" ")}`);
    }
  }
  return typed;
}
