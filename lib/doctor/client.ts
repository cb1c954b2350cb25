import type { Problem } from "../model/problem.ts";
import { here } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import type { Load } from "../plan/preflight.ts";
import type { Finding } from "./finding.ts";
import { fine, fromProblems, warning, wrong } from "./finding.ts";
import { isOlder, oldestRsync, versionFindings } from "./programs.ts";

/** What was read on this machine. */
export type Client = {
  /** Versions as the programs tell them; `undefined` where there is none. */
  readonly node: string;
  readonly ssh: string | undefined;
  readonly rsync: string | undefined;
  /** What installs them here. */
  readonly installs: { readonly ssh: string; readonly rsync: string };
  /** What the config lacks here, as sentences: secrets that are not set. */
  readonly config: readonly string[];
  readonly dist: { readonly path: string; readonly load: Load; readonly problems: readonly Problem[] };
  /** Why a run finds no name for a release by itself. */
  readonly unnamed: readonly string[];
  /** Files in the build whose names are those of secrets: every user of the host could read them. */
  readonly shipped: readonly string[];
  /** Files beside the config whose names are those of secrets, and that others may read. */
  readonly exposed: readonly string[];
  /** `undefined` outside a repository. `unpushed`: commits that no remote branch has; `undefined` without a remote. */
  readonly git: { readonly changes: number; readonly unpushed: number | undefined } | undefined;
};

/** What is wrong on this machine, before any host is asked. */
export function clientFindings(client: Client): readonly Finding[] {
  return [
    ...client.config.map((sentence) => wrong(sentence)),
    ...nodeFindings(client.node),
    ...programFindings(client),
    ...distFindings(client),
    ...client.unnamed.map((sentence) => warning(sentence)),
    ...client.exposed.map((path) => warning(`other users can read ${path}`, here(`chmod 600 ${quote(path)}`))),
    ...gitFindings(client.git),
  ];
}

/** package.json's `engines`. */
function nodeFindings(version: string): readonly Finding[] {
  const isOdd = version.startsWith("23.") || (version.startsWith("24.") && isOlder(version, "24.12"));
  if (!isOdd) return [fine(`Node ${version}`)];
  return [warning(`Node ${version}: bgdeploy requires 22.18+ (22.x) or 24.12+`, here("node --version"))];
}

function programFindings({ ssh, rsync, installs }: Client): readonly Finding[] {
  const unfit = rsync === undefined ? undefined : rsyncProblem(rsync, "rsync");
  const old = versionFindings([
    { name: "ssh", said: ssh, least: ["7.6", "StrictHostKeyChecking=accept-new"] },
    ...(unfit === undefined ? [{ name: "rsync", said: rsync }] : []),
  ]);
  return [
    ...(ssh === undefined ? [wrong("ssh is not installed on this machine", here(installs.ssh))] : []),
    ...(rsync === undefined ? [wrong("rsync is not installed on this machine", here(installs.rsync))] : []),
    ...old,
    ...(unfit === undefined ? [] : [wrong(unfit, here(installs.rsync))]),
  ];
}

/** Why an rsync cannot send a release, by what `rsync --version` says; one that does not tell is tried. */
export function rsyncProblem(said: string, path: string): string | undefined {
  // Apple's, since macOS 15.4: it has another protocol, and few of the options.
  if (said.startsWith("openrsync"))
    return `${path} is openrsync, the version that comes with macOS, which lacks options that bgdeploy needs`;
  const version = /version (\d+(?:\.\d+)*)/.exec(said)?.[1];
  if (version === undefined || !isOlder(version, oldestRsync[0])) return undefined;
  return `${path} is version ${version}: bgdeploy needs ${oldestRsync[0]} or newer (${oldestRsync[1]})`;
}

function distFindings({ dist, shipped }: Client): readonly Finding[] {
  const { path, load, problems } = dist;
  const megabytes = (load.bytes / 1024 / 1024).toFixed(1);
  return [
    ...fromProblems(problems, `dist: ${path} has ${load.files} files, ${megabytes} MB`),
    ...shipped.map((file) =>
      warning(
        `dist: ${file} looks like a secret, and every user on the hosts could read it. Keep it out of the build`,
        here(`ls -l ${quote(file)}`),
      ),
    ),
  ];
}

/** A release is what stands in the directory: what nobody else has is worth a word, but no failure. */
function gitFindings(git: Client["git"]): readonly Finding[] {
  if (git === undefined) return [];
  const { changes, unpushed } = git;
  const isClean = changes === 0 && (unpushed ?? 0) === 0;
  return [
    ...(isClean ? [fine("all changes are committed and pushed")] : []),
    ...(changes === 0 ? [] : [warning(`${count(changes, "change")} not committed`, here("git status"))]),
    ...(unpushed === undefined || unpushed === 0
      ? []
      : [warning(`${count(unpushed, "commit")} not pushed`, here("git push"))]),
  ];
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what} is` : `${number} ${what}s are`;
}
