import { kill } from "node:process";

/** Ends a process and all that it has started, where it was started as the first of a group of its own. */
export function killGroup(id: number): void {
  try {
    kill(-id);
  } catch {
    // It has ended meanwhile.
  }
}
