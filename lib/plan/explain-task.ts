import type { Command } from "../model/command.ts";
import { oneLine } from "../model/printable.ts";
import type { Target } from "../model/target.ts";
import type { Task } from "../model/task.ts";
import { describe, newestOf } from "./describe.ts";
import { fileChange, writtenPath } from "./diff.ts";
import { listHosts } from "./host-list.ts";
import type { Paint } from "./paint.ts";
import { titleOf } from "./phase-name.ts";
import type { Phase, Step } from "./plan.ts";
import { wrap } from "./wrap.ts";

/** By host, what the environment of the new variant changes against the live one, as lines: `~ LOG_LEVEL: info → debug`. */
export type EnvironmentChanges = ReadonlyMap<string, readonly string[]>;

export type TaskStyle = {
  readonly hosts: readonly string[];
  readonly paint: Paint;
  readonly columns: number | undefined;
  readonly environments: EnvironmentChanges | undefined;
};

/** What stands below the title of a task on some hosts: what it is about, and what it changes. */
type Work = { readonly about: string; readonly changes: readonly string[] };

/** The most lines of a file that are shown; `--commands` shows all. */
const mostLines = 40;

/** Tasks of a phase, a line each, with what they change in the unit, the environment and nginx's site. */
export function taskLines(tasks: readonly Task[], phase: Phase, style: TaskStyle): readonly string[] {
  const { columns, paint } = style;
  const rows = tasks.flatMap((task) => taskRows(task, phase, style));
  const width = Math.max(0, ...rows.map(({ title }) => title.length));
  return rows.flatMap(({ title, work: { about, changes } }) => {
    const whole = `  ${title.padEnd(width)}  ${about}`.trimEnd();
    const fits = columns === undefined || whole.length <= columns;
    const below = fits || about === "" ? [] : wrap(`    ${about}`, columns);
    const lines = fits
      ? [`${whole.slice(0, 2 + title.length)}${dim(whole.slice(2 + title.length), paint)}`]
      : [...wrap(`  ${title}`, columns, 4), ...below.map((line) => dim(line, paint))];
    return [
      ...lines,
      ...changes.flatMap((line) => wrap(`      ${line}`, columns, 8).map((each) => paintChange(each, line, paint))),
    ];
  });
}

function dim(text: string, paint: Paint): string {
  return text === "" ? "" : paint("dim", text);
}

function taskRows(
  task: Task,
  { hosts }: Phase,
  style: TaskStyle,
): readonly { readonly title: string; readonly work: Work }[] {
  const all = hosts.flatMap(({ target, steps }) =>
    steps.filter((step) => step.task === task).map((step) => ({ target, step, name: target.host.name })),
  );
  const groups = Map.groupBy(all, ({ target, step }) => JSON.stringify(workOf(step, target, style)));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const names = group.map(({ name }) => name);
    const isAll = names.length === style.hosts.length;
    const where = isAll ? "" : ` on ${listHosts(names, style.hosts)}`;
    const once = task.once && style.hosts.length > 1 ? ", the first host only" : "";
    return [{ title: `${titleOf(task)}${where}${once}`, work: workOf(first.step, first.target, style) }];
  });
}

function workOf({ task, commands }: Step, target: Target, { environments }: TaskStyle): Work {
  const about = commands.flatMap((command) => aboutOf(command, unnamed(target))).map((each) => oneLine(each));
  const own = task.title === task.name ? commands.flatMap((each) => (each.kind === "shell" ? each.title : [])) : [];
  const { layout, idle } = target;
  const environment = layout.environment(idle);
  const changes = [layout.unit, layout.vhost, layout.sudoers, layout.backend, environment].flatMap((path) => {
    const command = commands.find((each) => writtenPath(each) === path);
    if (command === undefined) return [];
    const known = path === environment ? environments?.get(target.host.name) : undefined;
    const lines = known ?? fileChange(command, target).filter((line) => line !== "(unchanged)");
    return lines.length === 0 ? [] : [{ path, lines: shorten(lines) }];
  });
  const paths = changes.map(({ path }) => path);
  return {
    about: [...new Set([...about, ...own, ...paths])].join(", "),
    changes: changes.flatMap(({ lines }) => lines),
  };
}

/** What a person wants to know of a command, beside its task's title. */
function aboutOf(command: Command, target: Target): readonly string[] {
  switch (command.kind) {
    case "upload": {
      const newest = newestOf(command.against);
      return [newest === undefined ? command.from : `${command.from}, sharing unchanged files with ${newest}`];
    }
    case "download":
      return [describe(command, target)];
    case "script":
      return [command.file];
    case "shell":
      return /^delete \d/.test(command.title) ? [command.title.replace("delete ", "")] : [];
    case "sudo":
      // It edits, removes or enables a file that a person may have written, and there is no diff of it.
      return ["sed", "rm", "ln"].includes(command.words[0] ?? "") ? [describe(command, target)] : [];
    case "hook":
    case "write":
    case "link":
      return [];
  }
}

function shorten(lines: readonly string[]): readonly string[] {
  const [first = ""] = lines;
  if (first === "(new file)")
    return [
      lines.length === 2 ? "(new file)" : `(new file, ${lines.length - 1} lines)`,
      ...lines.slice(1).filter(() => lines.length === 2),
    ];
  return lines.length <= mostLines
    ? lines
    : [...lines.slice(0, mostLines), `… ${lines.length - mostLines} more lines: --commands`];
}

/** A line of a diff, or of a changed environment, in the colour of its sign; `text` is the part of it to paint. */
export function paintChange(text: string, line: string, paint: Paint): string {
  if (text.trim() === "") return "";
  if (line.startsWith("+")) return paint("green", text);
  if (line.startsWith("~")) return paint("yellow", text);
  return line.startsWith("-") ? paint("red", text) : paint("dim", text);
}

/** The same target under a name that stands for any host, so that equal work reads equal. */
export function unnamed(target: Target): Target {
  return { ...target, host: { ...target.host, name: "HOST" } };
}
