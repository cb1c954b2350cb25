import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Suite } from "../../lab/debian.ts";
import { type Lab } from "../../lab/lab.ts";
import { said } from "../../support/hosts.ts";

export const readme = join(import.meta.dirname, "../../../README.md");

export const programs = ["systemd", "nginx", "OpenSSH", "rsync", "bash", "sudo", "coreutils"] as const;

const names: Readonly<Record<Suite, string>> = {
  bullseye: "Debian 11, unmerged `/usr`",
  bookworm: "Debian 12",
  trixie: "Debian 13",
  forky: "Debian testing with Ubuntu's sudo and coreutils",
};

/** What README's table calls a suite. */
export function nameOf(suite: Suite): string {
  return names[suite];
}

/** A host's programs, as README's table has them: `9.2`; of another make than usual with its name before it: `sudo-rs 0.2`. */
export async function versionsOn(lab: Lab, host: string): Promise<readonly string[]> {
  const asked = await said(
    lab,
    host,
    `systemctl --version | head -n 1; nginx -v 2>&1; sshd -V 2>&1 | grep -o 'OpenSSH_.*'; rsync --version | head -n 1; bash --version | head -n 1; sudo --version | head -n 1; stat --version | head -n 1`,
  );
  return asked
    .trim()
    .split("\n")
    .map((line) => {
      const [version = "?"] = /\d+(?:\.\d+)?/.exec(line) ?? [];
      const [make] = /sudo-rs|uutils/.exec(line) ?? [];
      return make === undefined ? version : `${make} ${version}`;
    });
}

/** The versions that README's table has for a suite, in the order of `programs`. */
export function versionsInReadme(suite: Suite): readonly string[] {
  const row = readFileSync(readme, "utf8")
    .split("\n")
    .find((line) => line.startsWith(`| ${nameOf(suite)} `));
  return (row ?? "")
    .split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());
}

/**
 * What must not differ. Debian's own updates bring another rsync to a stable release, and to testing all things; there only
 * their makes count.
 */
export function essence(suite: Suite, versions: readonly string[]): readonly string[] {
  return versions.map((version, index) => {
    if (suite === "forky") return version.replace(/[\d.]+$/, "");
    return programs[index] === "rsync" ? version.replace(/\..*/, "") : version;
  });
}
