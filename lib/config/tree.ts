import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readSync, readdirSync, readlinkSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

/** The sum of a directory's files, once it is known. */
export type Tree = {
  /** Begins to work it out, beside what else is to be done. */
  readonly start: () => void;
  /** `undefined` as long as it is not known, and where a file could not be read. */
  readonly sum: () => string | undefined;
};

export function treeOf(directory: string): Tree {
  let known: string | undefined;
  let begun = false;
  return {
    start() {
      if (begun) return;
      begun = true;
      hashTree(directory).then(
        (sum) => (known = sum),
        () => {},
      );
    },
    sum: () => known,
  };
}

/** Names in Latin-1, one character for each byte: they are sorted as bytes, and any byte comes back. */
const bytes = "latin1";

/** Milliseconds after which others get their turn. */
const turn = 4;

/**
 * The SHA-256 of the files of a directory: their paths and content, which of them are executable, and where symlinks lead. The
 * host works out the same with `treeLine`. One file is read at a time, by parts.
 */
export async function hashTree(directory: string): Promise<string> {
  const entries = walk(directory, ".").toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(256 * 1024);
  let since = performance.now();
  for (const kind of ["plain", "executable"] as const) {
    hash.update(`${kind}\0`);
    for (const { path } of entries.filter((each) => each.kind === kind)) {
      const sum = createHash("sha256");
      const file = openSync(placeOf(directory, path), "r");
      try {
        for (;;) {
          const size = readSync(file, buffer);
          if (size === 0) break;
          sum.update(buffer.subarray(0, size));
          if (performance.now() - since < turn) continue;
          await setImmediate();
          since = performance.now();
        }
      } finally {
        closeSync(file);
      }
      hash.update(`${sum.digest("hex")}  ${path}\0`, bytes);
    }
  }
  hash.update("links\0");
  const links = entries.filter((each) => each.kind === "link");
  for (const { path } of links) hash.update(`${path}\0`, bytes);
  for (const { path } of links)
    hash.update(Buffer.concat([readlinkSync(placeOf(directory, path), "buffer"), Buffer.alloc(1)]));
  return hash.digest("hex");
}

type Entry = { readonly path: string; readonly kind: "plain" | "executable" | "link" };

function walk(top: string, path: string): readonly Entry[] {
  return readdirSync(placeOf(top, path), { withFileTypes: true, encoding: "buffer" }).flatMap(
    (entry): readonly Entry[] => {
      const inner = `${path}/${entry.name.toString(bytes)}`;
      if (entry.isDirectory()) return walk(top, inner);
      if (entry.isSymbolicLink()) return [{ path: inner, kind: "link" }];
      if (!entry.isFile()) return [];
      return [{ path: inner, kind: (lstatSync(placeOf(top, inner)).mode & 0o111) === 0 ? "plain" : "executable" }];
    },
  );
}

function placeOf(top: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${top}/`), Buffer.from(path, bytes)]);
}
