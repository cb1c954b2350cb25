import { readFileSync } from "node:fs";

/** The process that a lab belongs to. The start time (clock ticks since boot) tells it from a later one with its pid. */
export interface Owner {
  readonly pid: number;
  readonly startTime: string;
}

/** This process, as an owner. */
export function thisProcess(): Owner {
  return { pid: process.pid, startTime: processStat(process.pid)?.startTime ?? "" };
}

/** Is that very process still there? A zombie is not. */
export function isAlive(owner: Owner): boolean {
  const stat = processStat(owner.pid);
  return stat !== undefined && stat.startTime === owner.startTime && !"ZX".includes(stat.state);
}

/** proc_pid_stat(5); the name before the last ")" may hold spaces and brackets. */
function processStat(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "X", startTime: fields[19] ?? "" };
}
