import { execFile } from "node:child_process";

/**
 * The words that fix what the two ends of rsync would else agree on, which costs a round trip: the best checksum that both
 * know, and with `compress` the best compression. Where that cannot be told, they agree by themselves. `here` and `there`:
 * what `rsync --version` says (since 3.2 with lists of both).
 *
 * @example choices(version, version, true) // ["--checksum-choice=xxh128", "-z", "--compress-choice=zstd"]
 */
export function choices(here: string, there: string, compress: boolean): readonly string[] {
  const checksum = best(["xxh128", "xxh3", "md5"], "Checksum", here, there);
  const compression = best(["zstd", "lz4", "zlibx"], "Compress", here, there);
  return [
    ...(checksum === undefined ? [] : [`--checksum-choice=${checksum}`]),
    ...(compress ? ["-z"] : []),
    ...(compress && compression !== undefined ? [`--compress-choice=${compression}`] : []),
  ];
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
    const [, names = ""] = new RegExp(`^${list} list:\\n((?: [^\\n]*\\n)+)`, "m").exec(version) ?? [];
    return names.split(/\s+/);
  });
  return wanted.find((each) => known.every((names) => names.includes(each)));
}
