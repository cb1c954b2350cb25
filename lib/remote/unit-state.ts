import type { UnitState } from "../model/facts.ts";

/** What systemd says of a unit, in an answer to `systemctl show` for several; a value that it does not have is empty. */
export function unitValues(text: string, id: string): (key: string) => string {
  const block = text.split("\n\n").find((each) => each.split("\n").includes(`Id=${id}`)) ?? "";
  return (key) => new RegExp(`^${key}=(.*)$`, "m").exec(block)?.[1] ?? "";
}

/** `wants` is the symlink that starts the unit at boot: systemd may remember an older state until it is reloaded. */
export function unitState(text: string, id: string, wants: string | undefined): UnitState {
  const value = unitValues(text, id);
  return { active: activeState(value("ActiveState")), enabled: wants !== undefined, pid: Number(value("MainPID")) };
}

/** A unit that takes a new configuration serves meanwhile: to us it is active. */
export function activeState(state: string): string {
  if (state === "") return "inactive";
  return state === "reloading" || state === "refreshing" ? "active" : state;
}
