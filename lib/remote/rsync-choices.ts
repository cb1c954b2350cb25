import { execFile } from "node:child_process";

/**
 * The words that fix what the two ends of rsync would else agree on, which costs a round trip: the best checksum and the best
 * compression that both know. None where that cannot be told. `here` and `there`: what `rsync --version` says (since 3.2 with
 * lists of both).
 *
 * @example choices(version, version) // ["--checksum-choice=xxh128", "--compress-choice=zstd"]
 */
export function choices(here: string, there: string): readonly string[] {
  const checksum = best(["xxh128", "xxh3", "md5"], "Checksum", here, there);
  const compression = best(["zstd", "lz4", "zlibx"], "Compress", here, there);
  if (checksum === undefined || compression === undefined) return [];
  return [`--checksum-choice=${checksum}`, `--compress-choice=${compression}`];
}

/** What `rsync --version` says on this machine; `""` where it fails. */
export function ownVersion(): Promise<string> {
  own ??= new Promise((resolve) => {
    execFile("rsync", ["--version"], (error, stdout) => resolve(error ? "" : stdout));
  });
  return own;
}

/** Asked once, for any number of hosts. */
let own: Promise<string> | undefined;

function best(wanted: readonly string[], list: string, ...versions: readonly string[]): string | undefined {
  const known = versions.map((version) => {
    const [, names = ""] = new RegExp(`^${list} list:\\n((?: +.*\\n)+)`, "m").exec(version) ?? [];
    return names.split(/\s+/);
  });
  return wanted.find((each) => known.every((names) => names.includes(each)));
}
