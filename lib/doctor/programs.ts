import { onHost } from "../model/problem.ts";
import type { Finding } from "./finding.ts";
import { fine, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** A program, as it tells its version; `undefined` where it is missing, which is said elsewhere. */
export type Program = {
  readonly name: string;
  readonly said: string | undefined;
  /** The oldest that will do, and what for; without it any will. */
  readonly least?: readonly [version: string, why: string];
};

/** The host's programs: an old one fails in the middle of a deploy, with words that tell nobody why. */
export function programFindings({ target: { facts }, exam }: Patient): readonly Finding[] {
  const { tools, nginx } = facts;
  const found = versionFindings([
    { name: "bash", said: tools.bash, least: ["4.2", "what bgdeploy's scripts are written for"] },
    { name: "rsync", said: exam.versions.rsync, least: oldestRsync },
    { name: "systemd", said: exam.versions.systemd, least: ["235", "NRestarts, which tells of crashes"] },
    {
      name: "nginx",
      said: exam.versions.nginx,
      ...(nginx.includesFlag
        ? { least: ["1.15.3", "keepalive_timeout in an upstream, for the instant switch"] as const }
        : {}),
    },
    { name: "sshd", said: exam.versions.sshd },
  ]);
  return found.map((each) => (each.level === "fine" ? each : { ...each, mends: [onHost("cat /etc/os-release")] }));
}

/** Both ends need it. */
export const oldestRsync = ["3.1", "--info=progress2"] as const;

/** Which of these programs are too old. */
export function versionFindings(programs: readonly Program[]): readonly Finding[] {
  return programs.flatMap(({ name, said, least }) => {
    const version = said === undefined ? undefined : /\d+(?:\.\d+)*/.exec(said)?.[0];
    if (version === undefined) return [];
    if (least === undefined || !isOlder(version, least[0])) return [fine(`${name} ${version}`)];
    return [wrong(`${name} ${version} is too old: bgdeploy needs ${least[0]} or newer (${least[1]})`)];
  });
}

/** Compares as numbers, part by part. */
export function isOlder(version: string, than: string): boolean {
  const [mine = [], theirs = []] = [version, than].map((text) => text.split(".").map(Number));
  const differences = theirs.map((part, index) => (mine[index] ?? 0) - part);
  return (differences.find((each) => each !== 0) ?? 0) < 0;
}
