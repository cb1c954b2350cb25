import type { Command, Line, Target, Variant } from "../lib/index.ts";
import { allows, rawLine, sh, shell, sudo, unitWords } from "../lib/index.ts";
import { unitCommand } from "./privileged.ts";

/** Has a variant start with the host, or not. */
export function setBoot(target: Target, verb: "enable" | "disable", variant: Variant): Command {
  return unitCommand(target, verb, variant, { optional: true });
}

/** Stops a variant, also at boot. Where that is allowed, with one command: each call of sudo and systemctl costs the host 10 ms. */
export function retire(target: Target, variant: Variant): readonly Command[] {
  if (may(target, "retire", variant)) return [unitCommand(target, "retire", variant)];
  return [unitCommand(target, "stop", variant), setBoot(target, "disable", variant)];
}

/** Starts a variant anew: a process that an earlier run left behind would pass the health check with old code. `explain` says why it failed. */
export function startAnew(target: Target, variant: Variant, explain: Line): readonly Command[] {
  const { layout } = target;
  // systemd reads the helper's copy of the environment: it is brought with the start, whatever it was before.
  if (layout.strict) return [sudo([layout.helper, "launch", variant], { from: layout.environment(variant), explain })];
  if (may(target, "restart", variant)) return [unitCommand(target, "restart", variant, { explain })];
  return [unitCommand(target, "stop", variant), unitCommand(target, "start", variant, { explain })];
}

/**
 * Has systemd read its directories once more, where one that changed makes it say of every unit of the host that it was not
 * read (from 257 on, what is enabled or disabled without a reload does). The helper of strict hosts does so by itself.
 */
export function settleBoot({ layout, facts }: Target): readonly Command[] {
  const reload = ["systemctl", "daemon-reload"];
  if (layout.strict || !allows(facts.sudo, reload)) return [];
  const asRoot = rawLine(facts.sudo.kind === "root" ? "" : "sudo -n ");
  // A unit that nobody edits.
  const says = sh`systemctl show -p NeedDaemonReload --value systemd-journald.service`;
  return [
    shell("have systemd know what starts at boot", sh`[ "$(${says})" != yes ] || ${asRoot}${reload}`, {
      mayFail: true,
    }),
  ];
}

function may({ layout, facts: { sudo: rules } }: Target, verb: "retire" | "restart", variant: Variant): boolean {
  return layout.strict || allows(rules, unitWords({ layout, sudo: rules }, verb, variant));
}
