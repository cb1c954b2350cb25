import type { Command, Target, Task } from "../lib/index.ts";
import { currentEndpoint, link, rawLine, sh, shell, task, write } from "../lib/index.ts";
import { setBoot } from "./boot.ts";
import { drain } from "./drain.ts";
import { setFlag } from "./nginx-instant.ts";
import { recordRun, recordStatus } from "./record.ts";
import { pointBackend, reloadProven } from "./nginx-reload.ts";
import type { Repair } from "../lib/index.ts";

/**
 * Puts right what a crash left between the file, the traffic and the records, before anything else. On a host where
 * they agree it does nothing. No unit is stopped here, nor may one be before this is done.
 */
export function recover(): readonly Task[] {
  return [
    task({
      name: "recover:repoint",
      title: "point nginx at the variant that runs",
      commands: (target) =>
        when("repoint", target, ({ layout, facts, live }) =>
          live === undefined
            ? []
            : [
                // Killed before the reload, a record that agrees with the file would make the next run believe it.
                ...(facts.files.variant === live ? [shell("forget the variant", sh`rm -f ${layout.variant}`)] : []),
                ...pointBackend(target, currentEndpoint(target, live)),
                ...(facts.nginx.includesFlag ? [setFlag(layout, live)] : []),
              ],
        ),
      undo: "not-needed",
    }),
    task({
      name: "recover:reload",
      title: "make sure that nginx has its configuration",
      commands: (target) =>
        when("prove-reload", target, ({ facts, idle }) => [
          ...(facts.nginx.includesFlag ? [] : reloadProven(target)),
          drain(target, currentEndpoint(target, idle)),
        ]),
      undo: "not-needed",
    }),
    task({
      name: "recover:record",
      title: "record what is live",
      commands: (target) => when("record", target, recordLive),
      undo: "not-needed",
    }),
  ];
}

function when(repair: Repair, target: Target, commands: (target: Target) => readonly Command[]): readonly Command[] {
  return target.state.kind === "live" && target.state.repairs.includes(repair) ? commands(target) : [];
}

function recordLive(target: Target): readonly Command[] {
  const { layout, facts, live, idle } = target;
  if (live === undefined) return [];
  const release = facts.links[live];
  return [
    // A restart that died after its switch: the same release stands in both slots, and what is recorded of it is of before.
    ...(release !== undefined && release === facts.links[idle] ? [recordRun(layout, release, live)] : []),
    write(layout.variant, rawLine(`${live}\n`)),
    ...(release === undefined ? [] : [link("link current", layout.current, release)]),
    ...statuses(target, release),
    setBoot(target, "enable", live),
  ];
}

/** A run that died between the switch and the record left the former release recorded as live, and the new one as staged. */
function statuses({ layout, facts }: Target, live: string | undefined): readonly Command[] {
  return facts.releases.flatMap(({ id, status }) => {
    if (id === live) return status === undefined || status === "live" ? [] : [recordStatus(layout, id, "live")];
    return status === "live" ? [recordStatus(layout, id, "previous")] : [];
  });
}
