import type { ExitCode } from "../errors.ts";
import { exitCodes } from "../errors.ts";
import type { Facts } from "../model/facts.ts";
import type { LiveState } from "../model/live.ts";
import type { Target } from "../model/target.ts";
import type { Variant } from "../model/variant.ts";
import { variants } from "../model/variant.ts";
import { describe } from "../plan/describe.ts";
import type { Plan } from "../plan/plan.ts";
import type { HostOutcome, Outcome } from "../run/outcome.ts";
import { failureText } from "./failure.ts";
import type { AnswerBody } from "./answers.ts";
import type { Advice } from "./reporter.ts";
import type { Body, HostEnd, SlotBody } from "./schema.ts";

/** What was read from a host. */
export function hostBody(host: string, state: LiveState, facts: Facts, problems: readonly string[]): Body<"host"> {
  const variant = state.kind === "live" ? state.live : undefined;
  return {
    host,
    state: state.kind,
    live: slotOf(variant && facts.links[variant], variant),
    since: instantOf(/"at":"([^"]+)"/.exec(facts.lastLive ?? "")?.[1]) ?? null,
    units: { blue: facts.units.blue.active, green: facts.units.green.active },
    boot: variants.filter((each) => facts.units[each].enabled),
    lock: facts.lock.freeze !== undefined ? "hand" : facts.lock.held ? "run" : "free",
    problems,
  };
}

/** The time of a journal, `2026-11-23 01:16:18 UTC`, as programs read it: RFC 3339. Anything else as it is. */
export function instantOf<T extends string | undefined>(written: T): T | string {
  return written?.replace(/^(\S+) (\S+) UTC$/, "$1T$2Z") ?? written;
}

/** A host on which nothing was begun. */
export function untouchedHost({ host, live }: Body<"host">): HostEnd {
  return { host, outcome: "untouched", live, from: live, to: null, seconds: 0, bytes: 0, failures: [] };
}

export function planBody({ release, targets, phases }: Plan): Body<"plan"> {
  return {
    release: release.id,
    hosts: targets.map((target) => ({ host: target.host.name, from: liveSlot(target), to: idleSlot(target) })),
    phases: phases.map(({ hosts }) => ({
      tasks: [...new Set(hosts.flatMap(({ steps }) => steps.map(({ task }) => task.name)))],
      hosts: hosts.map(({ target }) => target.host.name),
    })),
  };
}

/** A plan that is only shown: with every task on every host, in the order of the plan. */
export function planAnswer({ release, targets, phases, warnings }: Plan): AnswerBody<"plan"> {
  return {
    release: release.id,
    hosts: targets.map((target) => ({ host: target.host.name, from: liveSlot(target), to: idleSlot(target) })),
    phases: phases.map(({ hosts }) => ({
      steps: hosts.flatMap(({ target, steps }) =>
        steps.map(({ task, commands, undo }) => ({
          host: target.host.name,
          task: task.name,
          title: task.title,
          commands: commands.map((command) => describe(command, target)),
          undo: undoOf(undo, target),
        })),
      ),
    })),
    warnings: warnings.map(({ host, text }) => ({ host, message: text })),
  };
}

/** How a run ended on one host, with every failure as the summary tells it. */
export function hostEnd(host: HostOutcome, { stage }: Outcome, advice: Advice): HostEnd {
  const [from, to] = [slotOf(host.from.release, host.from.variant), slotOf(host.to.release, host.to.variant)];
  const failures = host.failures.map((failure) => {
    const { what, said, next } = failureText(failure, host, stage, advice);
    const command = next === undefined ? undefined : commandsIn([next])[0];
    return { task: failure.task, undo: failure.undo, message: what, said, next: command ?? null };
  });
  const { end, seconds, bytes } = host;
  const live = end === "live" ? to : end === "mend" ? null : from;
  return { host: host.host, outcome: end, live, from, to, seconds, bytes, failures };
}

/** The commands that sentences tell to type: what stands behind their last colon. */
export function commandsIn(sentences: readonly string[]): readonly string[] {
  const found = sentences.flatMap((each) => /: ((?:bgdeploy|sudo|ssh|ssh-\w+|apt-get|brew) .+)$/.exec(each)?.[1] ?? []);
  return [...new Set(found)];
}

/** The name of an exit code. */
export function nameOfCode(code: ExitCode): string {
  return Object.entries(exitCodes).find(([, each]) => each === code)?.[0] ?? "";
}

function undoOf(undo: Plan["phases"][number]["hosts"][number]["steps"][number]["undo"], target: Target) {
  if (undo === "irreversible") return null;
  return undo === "not-needed" ? [] : undo.map((command) => describe(command, target));
}

function liveSlot({ live, facts }: Target): SlotBody | null {
  return slotOf(live && facts.links[live], live);
}

function idleSlot({ release, idle }: Target): SlotBody {
  return { release: release.id, variant: idle };
}

function slotOf(release: string | undefined, variant: Variant | undefined): SlotBody | null {
  return variant === undefined ? null : { release: release ?? null, variant };
}
