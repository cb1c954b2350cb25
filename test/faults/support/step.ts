import type { Announcement } from "./client.ts";

/** One command of a plan on one host. `line`: how many lines its task announces before it. */
export type Step = { readonly task: string; readonly index: number; readonly line: number; readonly text: string };

/** Lines that begin a command; the lines of a shell command follow its title. */
const opening = /^(# |sudo |write |link |rsync |bash .* \(a copy of |hook ")/;

/**
 * Reads every command of every task from the text of `bgdeploy plan --commands`, made for one host, so that a new task is met
 * without anyone naming it here.
 */
export function readSteps(plan: string): readonly Step[] {
  const steps: Step[] = [];
  let task = "";
  let [index, line, isShell] = [0, 0, false];
  let isBegun = false;
  for (const row of plan.split("\n")) {
    if (/^ {2}[\w-]+:\w/.test(row)) isBegun = true;
    if (!isBegun) continue;
    if (/^ {2}\S/.test(row)) {
      task = row.trim().split(/\s{2,}/)[0] ?? "";
      [index, line, isShell] = [0, 0, false];
    } else if (row.startsWith("    ")) {
      const text = row.slice(4);
      if (opening.test(text)) {
        isShell = text.startsWith("# ");
        steps.push({ task, index, line, text: isShell ? text.slice(2) : text });
        index += 1;
        if (!isShell) line += 1;
        // What follows another command is the change of its file, which is not announced.
      } else if (isShell) line += 1;
    }
  }
  if (steps.length === 0) throw new Error(`no steps in this plan:\n${plan}`);
  return steps;
}

/** Is this the announcement of that step, on that host? `earlier` are those before it. */
export function isStep(step: Step, host: string, it: Announcement, earlier: readonly Announcement[]): boolean {
  if (it.host !== host || it.task !== step.task) return false;
  return earlier.filter((each) => each.host === host && each.task === step.task).length === step.line;
}

/** `nginx:switch 3: sudo nginx -t`, short enough for a table. */
export function stepName({ task, index, text }: Step): string {
  return `${task} ${index + 1}: ${text.replaceAll(/\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d-\S+/g, "RELEASE").slice(0, 56)}`;
}
