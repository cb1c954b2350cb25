import type { Command, Layout, Line, ReleaseStatus, Variant } from "../lib/index.ts";
import { besideOf, joinLines, rawLine, sh, shell, sumOf, write } from "../lib/index.ts";

/** Writes down what became of a release. One line, so that the probe reads thousands with one `cat`. */
export function recordStatus(
  layout: Layout,
  id: string,
  status: ReleaseStatus,
  options: { readonly inPlace?: boolean } = {},
): Command {
  return write(layout.record(id).status, rawLine(`${JSON.stringify({ id, status })}\n`), "0600", options);
}

/** The files that a release ran with, and their sums: who restores them finds out whether they are still those. */
export function recordFiles(layout: Layout, id: string, environment: Line, unit?: Line): readonly Command[] {
  const record = layout.record(id);
  const files = [
    { path: record.environment, content: environment },
    ...(unit === undefined ? [] : [{ path: record.unit, content: unit }]),
  ];
  const sums = files.map(({ path, content }): Line => {
    const name = nameOf(path);
    const sum = sumOf(content.raw);
    // That of a short secret would tell it.
    return { raw: `${sum}  ${name}\n`, shown: `${content.raw === content.shown ? sum : "[secret]"}  ${name}\n` };
  });
  return [
    ...files.map(({ path, content }) => write(path, content, "0600")),
    write(record.sums, joinLines(sums, ""), "0600"),
  ];
}

/** Records the environment of a slot, and the unit, as those of the release in it: a rollback brings them back. */
export function recordRun(layout: Layout, id: string, variant: Variant): Command {
  const { environment, unit, sums } = layout.record(id);
  const beside = besideOf(sums);
  // While the files change, no sums are better than wrong ones.
  return shell(
    "record its environment and unit",
    sh`umask 077; rm -f ${sums} && ${copyLine(layout.environment(variant), environment)} && ${copyLine(layout.unit, unit)} && ( ${sumsLine(layout, id)} ) >${beside} && sync ${beside} && mv -fT ${beside} ${sums}`,
  );
}

/** Says the sums of what is recorded of a release. For a subshell. */
export function sumsLine(layout: Layout, id: string): Line {
  const { environment, unit } = layout.record(id);
  const names = [environment, unit].map((path) => nameOf(path));
  return sh`cd ${`${layout.state}/releases`}; set --; for bg_file in ${names}; do [ ! -e "$bg_file" ] || set -- "$@" "$bg_file"; done; [ $# = 0 ] || exec sha256sum -- "$@"`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function copyLine(from: string, to: string): Line {
  const beside = besideOf(to);
  return sh`{ [ ! -r ${from} ] || { cp ${from} ${beside} && sync ${beside} && mv -fT ${beside} ${to}; }; }`;
}
