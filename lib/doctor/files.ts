import { onHost } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import type { Finding } from "./finding.ts";
import { fine, fixable, warning, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Environment files hold secrets: only their owner may read them; systemd reads them as root. */
export function secrecyFindings({ target: { facts }, exam }: Patient): readonly Finding[] {
  const open = openFiles(exam);
  if (open.length === 0)
    return exam.private.length === 0 ? [] : [fine("only their owner can read the environment files")];
  return open.map(({ path, mode, owner, closed }) => {
    const isOurs = owner === facts.user.name || facts.sudo.kind === "root";
    const mend = onHost(`${isOurs ? "" : "sudo "}chmod ${closed} ${quote(path)}`);
    const finding = wrong(`users other than ${owner} can read ${path} (mode ${mode}), which may contain secrets`, mend);
    return isOurs ? fixable(finding) : finding;
  });
}

type OpenFile = Patient["exam"]["private"][number] & { readonly closed: string };

/** Files for their owner alone that others may read or write, with the mode that they should have. */
export function openFiles({ private: files }: Patient["exam"]): readonly OpenFile[] {
  return files
    .filter(({ mode }) => (Number.parseInt(mode, 8) & 0o077) !== 0)
    .map((file) => ({ ...file, closed: file.path.endsWith("/.bgdeploy") ? "700" : "600" }));
}

/** Uploads that were cut off. The next run removes them, too; until then they take room. */
export function leftoverFindings({ exam, locked }: Patient): readonly Finding[] {
  const { partials } = exam;
  // One that grows just now is no leftover.
  if (partials.length === 0 || locked.byRun !== undefined) return [];
  const remove = onHost(`rm -rf ${partials.map((path) => quote(path)).join(" ")}`);
  const what = partials.length === 1 ? "an interrupted upload" : `${partials.length} interrupted uploads`;
  return [
    fixable(
      warning(
        `${what} was left behind: ${partials.map((path) => path.slice(path.lastIndexOf("/") + 1)).join(", ")}`,
        remove,
      ),
    ),
  ];
}
