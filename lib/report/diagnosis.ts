import type { Diagnosis, Finding, Level, Where } from "../doctor/finding.ts";
import type { Mend } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import { printable } from "../model/printable.ts";
import { listHosts } from "../plan/host-list.ts";
import type { Paint } from "../plan/paint.ts";

export type DiagnosisOptions = {
  /** Also what is fine. */
  readonly verbose: boolean;
  /** Long sentences are broken at this width; `undefined`: not at all, as in a pipe. Commands never are. */
  readonly columns: number | undefined;
  readonly paint: Paint;
  /** The words before a host's name. @example ["ssh", "-F", "infra/ssh_config"] */
  readonly ssh: readonly string[];
  /** Flags that our own commands need, too: those that named the config. */
  readonly flags: readonly string[];
  /** What to type for `--fix`; `undefined` where it was. */
  readonly fix: string | undefined;
};

/** What was found, and the hosts where it was found the same. */
type Block = { readonly kind: Where["kind"]; readonly hosts: readonly string[]; readonly findings: readonly Finding[] };

/** What a doctor found: a block for each host that has something, a line for all that are well, a closing line. Ends in a newline. */
export function diagnosisText(diagnoses: readonly Diagnosis[], options: DiagnosisOptions): string {
  const all = diagnoses.flatMap(({ where }) => hostsOf(where));
  const blocks = blocksOf(diagnoses);
  const isShown = ({ findings }: Block): boolean => options.verbose || findings.some(isTrouble);
  const shown = blocks.filter((block) => isShown(block)).map((block) => blockLines(block, all, options).join("\n"));
  const well = blocks
    .filter((block) => !isShown(block) && block.kind !== "stage")
    .map((block) => `${nameOf(block, all)}: ${options.paint("green", "fine")}`);
  const parts = [...shown, well.join("\n"), limitsText(diagnoses, all, options), closing(diagnoses, options)];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function isTrouble({ level }: Finding): boolean {
  return level === "wrong" || level === "warning";
}

/** What holds of the way in which these hosts are deployed to: said once, for it is no trouble of theirs. */
function limitsText(diagnoses: readonly Diagnosis[], all: readonly string[], options: DiagnosisOptions): string {
  const found = diagnoses.flatMap(({ where, findings }) =>
    findings.filter(({ level }) => level === "limit").map(({ what }) => ({ what, hosts: hostsOf(where) })),
  );
  const lines = [...Map.groupBy(found, ({ what }) => what)].flatMap(([what, each]) => {
    const hosts = each.flatMap((one) => one.hosts);
    const where = hosts.length === all.length ? "" : ` (${listHosts(hosts, all)})`;
    return sentenceLines("limit", `${what}${where}`, options);
  });
  return lines.length === 0 ? "" : [options.paint("bold", "known limits (docs/security.md)"), ...lines].join("\n");
}

/** Hosts of which the same is to be said share a block. */
function blocksOf(diagnoses: readonly Diagnosis[]): readonly Block[] {
  const groups = Map.groupBy(diagnoses, ({ where, findings }) =>
    where.kind === "host" ? JSON.stringify(findings.filter(isTrouble)) : where.kind,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const hosts = group.flatMap(({ where }) => hostsOf(where));
    return [{ kind: first.where.kind, hosts, findings: first.findings }];
  });
}

function hostsOf(where: Where): readonly string[] {
  return where.kind === "host" ? [where.host] : [];
}

function blockLines(block: Block, all: readonly string[], options: DiagnosisOptions): readonly string[] {
  const { verbose, paint } = options;
  const { hosts, findings } = block;
  const kept = findings.filter((each) => isTrouble(each) || (verbose && each.level === "fine"));
  return [
    paint("bold", nameOf(block, all)),
    ...kept.flatMap(({ level, what, mends }) => [
      ...sentenceLines(level, what, options),
      ...mends.flatMap((mend) => commandLine(mend, hosts, all, options)).map((line) => `${margin}  ${printable(line)}`),
    ]),
  ];
}

const words: Readonly<Record<Level, string>> = { wrong: "wrong", warning: "warning", limit: "limit", fine: "fine" };
const colours = { wrong: "red", warning: "yellow", limit: "dim", fine: "green" } as const;
const margin = " ".repeat(11);

function sentenceLines(level: Level, what: string, { columns, paint }: DiagnosisOptions): readonly string[] {
  const [first = "", ...more] = wrap(printable(what), columns === undefined ? undefined : columns - margin.length);
  return [`  ${paint(colours[level], words[level].padEnd(9))}${first}`, ...more.map((line) => `${margin}${line}`)];
}

/** Breaks at blanks and at newlines; a word that is longer stays whole. */
function wrap(text: string, width: number | undefined): readonly string[] {
  return text.split("\n").flatMap((line) => {
    if (width === undefined) return [line];
    const lines = [""];
    for (const word of line.split(" ")) {
      const last = lines.at(-1) ?? "";
      if (last === "") lines[lines.length - 1] = word;
      else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
    }
    return lines;
  });
}

/** A mend as it is pasted here: over ssh, where it belongs on the hosts. */
function commandLine(
  { on, line, fedBy }: Mend,
  hosts: readonly string[],
  all: readonly string[],
  { ssh, flags }: DiagnosisOptions,
): readonly string[] {
  const own = (command: string): string =>
    command.startsWith("bgdeploy ") ? [command, ...flags.map((word) => quote(word))].join(" ") : command;
  if (on === "here") {
    const some = line.startsWith("bgdeploy setup ") && hosts.length < all.length;
    return [own([line, ...(some ? hosts.flatMap((host) => ["--only", quote(host)]) : [])].join(" "))];
  }
  const feed = fedBy === undefined ? "" : `${own(fedBy)} | `;
  // A terminal, so that sudo can ask; with one, ssh would not pass on the end of what it is fed.
  const words = [...ssh, ...(fedBy === undefined && line.includes("sudo ") ? ["-t"] : [])].map((word) => quote(word));
  const call = (host: string): string => `${feed}${words.join(" ")} ${host} ${quote(line)}`;
  const [host = ""] = hosts;
  if (hosts.length === 1) return [call(quote(host))];
  return [`for host in ${hosts.map((each) => quote(each)).join(" ")}; do ${call('"$host"')}; done`];
}

function nameOf({ kind, hosts }: Block, all: readonly string[]): string {
  switch (kind) {
    case "here":
      return "this machine";
    case "stage":
      return "hosts compared";
    case "host":
      return listHosts(hosts, all);
  }
}

function closing(diagnoses: readonly Diagnosis[], { paint, fix }: DiagnosisOptions): string {
  const findings = diagnoses.flatMap((each) => each.findings);
  const count = (level: Level): number => findings.filter((each) => each.level === level).length;
  const hosts = diagnoses.filter(({ where }) => where.kind === "host").length;
  const machines = hosts === 0 ? "this machine" : `this machine and ${hosts === 1 ? "1 host" : `${hosts} hosts`}`;
  const checked = `(${machines} checked)`;
  const [bad, doubtful] = [count("wrong"), count("warning")];
  const warnings = doubtful === 0 ? "" : doubtful === 1 ? ", 1 warning" : `, ${doubtful} warnings`;
  if (bad + doubtful === 0) return paint("green", `No problems ${checked}`);
  const number = findings.filter(({ fixable }) => fixable).length;
  const offer = fix === undefined || number === 0 ? "" : `\nTo fix ${number} of them: ${fix}`;
  if (bad === 0) return `No problems${warnings} ${checked}${offer}`;
  const problems = bad === 1 ? "1 problem" : `${bad} problems`;
  return `${paint("red", problems)}${warnings} ${checked}${offer}`;
}
