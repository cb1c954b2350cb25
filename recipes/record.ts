import type { Command, Layout, Line, ReleaseStatus, Variant } from "../lib/index.ts";
import { rawLine, sh, shell, write } from "../lib/index.ts";

/** Writes down what became of a release. One line, so that the probe reads thousands with one `cat`. */
export function recordStatus(
  layout: Layout,
  id: string,
  status: ReleaseStatus,
  options: { readonly inPlace?: boolean } = {},
): Command {
  return write(layout.record(id).status, rawLine(`${JSON.stringify({ id, status })}\n`), "0600", options);
}

/** Records the environment of a slot, and the unit, as those of the release in it: a rollback brings them back. */
export function recordRun(layout: Layout, id: string, variant: Variant): Command {
  const { environment, unit } = layout.record(id);
  return shell(
    "record its environment and unit",
    sh`umask 077; ${copyLine(layout.environment(variant), environment)} && ${copyLine(layout.unit, unit)}`,
  );
}

function copyLine(from: string, to: string): Line {
  const beside = `${to}.bgdeploy-new`;
  return sh`{ [ ! -r ${from} ] || { cp ${from} ${beside} && sync ${beside} && mv -fT ${beside} ${to}; }; }`;
}
