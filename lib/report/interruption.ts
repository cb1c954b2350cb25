import type { Moment } from "../run/moment.ts";

/** How a run goes: in waves; with one host, or waves of one perhaps, which is sent the step of no return ahead. */
export type Going = { readonly rolling: boolean; readonly alone: boolean };

/** What the first signal comes to, in the moment in which it came. */
export function interruption(signal: string, moment: Moment, { rolling, alone }: Going): string {
  const again = signal === "SIGINT" ? "Press Ctrl-C again" : `Send ${signal} again`;
  switch (moment) {
    case "before":
      return `${signal}: nothing was changed; exiting.`;
    case "running":
      return `${signal}: finishing the running commands, then undoing${alone ? ", unless the run passes the point of no return first" : ""}. ${again} to stop now without undoing anything.`;
    case "undoing":
      return `${signal}: the run is already being undone; finishing that. ${again} to stop now and leave the rest as it is.`;
    case "final":
      return `${signal}: past the point of no return. The new version is live and stays; ${rolling ? "finishing this wave, starting no other" : "finishing the rest"}. ${again} to stop now.`;
  }
}

/** What another signal comes to that asks for the same. */
export function escalation(signal: string): string {
  return `${signal}: still working. If bgdeploy is killed before it is done, the next run checks each host's actual state and repairs it.`;
}

/** What the second one leaves. `hosts` are their names. */
export function stopping(moment: Moment, hosts: string, { alone }: Pick<Going, "alone">): readonly string[] {
  const next = "The next run checks each host's actual state and repairs it: run the same command again.";
  switch (moment) {
    case "before":
      return ["Stopped immediately; nothing was changed."];
    case "running":
      return [
        alone
          ? `Stopped immediately; nothing was undone on ${hosts}. The live version keeps serving, or the new version does already.`
          : `Stopped immediately; nothing was undone on ${hosts}. The live version keeps serving.`,
        next,
      ];
    case "undoing":
      return [`Stopped immediately; the undo is incomplete on ${hosts}. The live version keeps serving.`, next];
    case "final":
      return [`Stopped immediately; the new version is live, but the run is unfinished on ${hosts}.`, next];
  }
}
