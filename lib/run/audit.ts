import type { Entry } from "./journal.ts";

/** A line of a host's journal; one that an older version wrote may lack something. */
export type AuditEntry = Entry & { readonly host: string };

/** One run, as all hosts remember it. */
export type AuditRun = {
  readonly at: string;
  readonly who: string;
  readonly from: string;
  readonly action: string;
  /** What each host has of it, in the order of the hosts. */
  readonly hosts: readonly Pick<AuditEntry, "host" | "release" | "variant" | "end">[];
};

/** Lines of a journal that are read: ours have a thousand. */
const mostLines = 10_000;

/** Reads a journal; a line that is none, as a full disk may leave it, is passed over. */
export function parseJournal(host: string, text: string): readonly AuditEntry[] {
  return text
    .split("\n")
    .slice(-mostLines)
    .flatMap((line) => parseEntry(host, line) ?? []);
}

/** Joins what hosts have of one run: begun in the same second, by the same person, on the same machine. Newest first. */
export function groupRuns(entries: readonly AuditEntry[]): readonly AuditRun[] {
  const groups = Map.groupBy(entries, ({ at, who, from, action }) => JSON.stringify([at, who, from, action]));
  const runs = [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [runOf(first, [first, ...others])],
  );
  // Stable: of two in one second the later line of a journal is the newer.
  return runs.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).toReversed();
}

function runOf({ at, who, from, action }: AuditEntry, all: readonly AuditEntry[]): AuditRun {
  return {
    at,
    who,
    from,
    action,
    hosts: all.map(({ host, release, variant, end }) => ({ host, release, variant, end })),
  };
}

/** Characters of each part that are read. */
const longest = 1000;

function parseEntry(host: string, line: string): AuditEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return undefined;
    const fields = new Map(Object.entries(value));
    const text = (name: string): string => {
      const field: unknown = fields.get(name);
      return typeof field === "string" ? field.slice(0, longest) : "";
    };
    const [at, who, from, action] = [text("at"), text("who"), text("from"), text("action")];
    if (at === "") return undefined;
    return {
      host,
      at,
      who,
      from,
      run: text("run"),
      action,
      release: text("release"),
      variant: text("variant"),
      end: text("end"),
    };
  } catch {
    return undefined;
  }
}
