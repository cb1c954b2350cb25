import { trustedSource } from "../../host/trusted.ts";
import { shell } from "../model/command.ts";
import type { Layout } from "../model/layout.ts";
import type { Line } from "../model/shell.ts";
import { rawLine, sh } from "../model/shell.ts";
import { trustedLine } from "../model/trusted.ts";
import type { Plan } from "../plan/plan.ts";
import { withLast } from "./journal.ts";

/**
 * The plan with a record of the release's files, for whoever copies it from one host to another. `sum` is asked when the host
 * comes to that, at its end; `"host"`: the host itself works it out, where it brought them. What the app may write has none.
 */
export function withTree(plan: Plan, sum: "host" | (() => string | undefined)): Plan {
  return withLast(plan, ({ app, layout, release: { id } }) => {
    if (app.writable) return undefined;
    const record = (given: Line): Line => sh`umask 077; printf '%s\\n' ${given} >${layout.record(id).tree}; umask 022`;
    const title = "record the checksum of its files";
    if (sum === "host")
      return shell(title, record(sh`"$(${treeLine(layout.release(id))})"`), { mayFail: true, simple: true });
    const { shown } = record(rawLine("'{sum}'"));
    // Known by then, but not when the plan is made: the upload does not wait for it.
    const line = {
      get raw() {
        const known = sum();
        return known === undefined ? ":" : record(rawLine(known)).raw;
      },
      shown,
    };
    return shell(title, line, { mayFail: true, simple: true });
  }).plan;
}

/** Says the sum of a directory's files, as `hashTree` works it out. For a subshell. */
export function treeLine(directory: string): Line {
  const sums = sh`LC_ALL=C sort -z | xargs -0 -r sha256sum -z --`;
  const links = sh`find . -type l -print0 | LC_ALL=C sort -z`;
  return sh`cd ${directory} && { printf 'plain\\0'; find . -type f ! -perm /111 -print0 | ${sums}; printf 'executable\\0'; find . -type f -perm /111 -print0 | ${sums}; printf 'links\\0'; ${links}; ${links} | xargs -0 -r readlink -z --; } | { read -r bg_line _ < <(exec sha256sum) && echo "$bg_line"; }`;
}

/** What a host has recorded of a release's files; `untrusted` says why that is worth nothing. */
export type RecordedTree = { readonly sum: string | undefined; readonly untrusted: string | undefined };

/** Asks for the record; `parseTree` reads the answer. */
export function askTree(layout: Layout, id: string): string {
  const { tree } = layout.record(id);
  return sh`( ${rawLine(trustedSource)}
if ${trustedLine(layout.destination, [tree])}; then [ ! -e ${tree} ] || cat ${tree}; else echo "untrusted $bg_why"; fi )`
    .raw;
}

export function parseTree(answer: string): RecordedTree {
  return { sum: /^[0-9a-f]{64}$/m.exec(answer)?.[0], untrusted: /^untrusted (.*)$/m.exec(answer)?.[1] };
}
