import type { Target } from "../model/target.ts";
import { printable } from "../model/printable.ts";
import { diffLines } from "../plan/diff.ts";
import { commandLines } from "../plan/explain.ts";
import { paintChange, taskLines } from "../plan/explain-task.ts";
import { listHosts } from "../plan/host-list.ts";
import { sectionsOf } from "../plan/phase-name.ts";
import type { Plan } from "../plan/plan.ts";
import type { TableStyle } from "../plan/table.ts";
import { wrap } from "../plan/wrap.ts";
import type { SwitchMode } from "../../recipes/index.ts";
import { vhostText } from "../../recipes/index.ts";

export type SetupPreviewOptions = {
  readonly mode: SwitchMode;
  /** Every command, not only a line per task. */
  readonly commands: boolean;
  readonly style: TableStyle;
  /** What to type to do it, after a dry run. */
  readonly next: string | undefined;
};

/** What hosts lack, a line per task; and how a site that someone edited differs from ours. Ends in a newline. */
export function previewSetup(plan: Plan, targets: readonly Target[], options: SetupPreviewOptions): string {
  const { style, next } = options;
  const all = namesOf(targets);
  const changed = new Set(plan.phases.flatMap(({ hosts }) => hosts.map(({ target }) => target)));
  const complete = namesOf(targets.filter((target) => !changed.has(target)));
  const head = (names: readonly string[], text: string): readonly string[] =>
    names.length === 0 ? [] : wrap(`${listHosts(names, all)}: ${text}`, style.columns, 2);
  const lines = [
    ...head(namesOf([...changed]), "will be changed:"),
    ...workLines(plan, namesOf([...changed]), options),
    ...head(complete, "nothing is missing"),
    ...editedSites(targets, all, options),
    ...(plan.phases.length === 0 ? [] : ["", ...endLines(options.commands, next)]),
  ];
  return `${lines.join("\n")}\n`;
}

function endLines(commands: boolean, next: string | undefined): readonly string[] {
  return [
    `Nothing has been changed yet.${commands ? "" : " To see every command: --commands"}`,
    ...(next === undefined ? [] : [`Next: ${next}`]),
  ];
}

function workLines(
  { phases }: Plan,
  hosts: readonly string[],
  { commands, style }: SetupPreviewOptions,
): readonly string[] {
  return phases.flatMap((phase) =>
    sectionsOf(phase).flatMap(({ tasks }) =>
      commands
        ? commandLines(tasks, phase, hosts, { undo: false, paint: style.paint })
        : taskLines(tasks, phase, { ...style, hosts, environments: undefined }),
    ),
  );
}

function editedSites(
  targets: readonly Target[],
  all: readonly string[],
  { mode, style }: SetupPreviewOptions,
): readonly string[] {
  const edited = targets.flatMap((target) => {
    const { app, layout, facts, host } = target;
    const own = vhostText(app, layout, mode, facts.nginx.hasIpv6);
    const { vhost } = facts.files;
    return vhost === undefined || vhost === own
      ? []
      : [{ name: host.name, path: layout.vhost, lines: diffLines(vhost, own) }];
  });
  const groups = Map.groupBy(edited, ({ path, lines }) => JSON.stringify([path, lines]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const names = listHosts(
      group.map(({ name }) => name),
      all,
    );
    const sentence = `${names}: ${first.path} differs from what bgdeploy would write; it is left as it is:`;
    return [
      ...wrap(sentence, style.columns, 2),
      ...first.lines
        .map((line) => printable(line))
        .flatMap((line) => wrap(`    ${line}`, style.columns, 6).map((each) => paintChange(each, line, style.paint))),
    ];
  });
}

function namesOf(targets: readonly Target[]): readonly string[] {
  return targets.map(({ host }) => host.name);
}
