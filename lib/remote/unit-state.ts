import type { UnitState } from "../model/facts.ts";
import type { Layout } from "../model/layout.ts";
import { nginxService } from "../model/nginx.ts";

/** What systemd says of a unit, in an answer to `systemctl show` for several; a value that it does not have is empty. */
export function unitValues(text: string, id: string): (key: string) => string {
  const block = text.split("\n\n").find((each) => each.split("\n").includes(`Id=${id}`)) ?? "";
  return (key) => new RegExp(`^${key}=(.*)$`, "m").exec(block)?.[1] ?? "";
}

/** `files` has `yes` for the symlink that starts the unit at boot: systemd may remember an older state until it is reloaded. */
export function unitState(text: string, id: string, files: readonly string[]): UnitState {
  const value = unitValues(text, id);
  const masked = files.find((line) => line.startsWith("masked "));
  return {
    active: isStopped(value) ? "inactive" : activeState(value("ActiveState")),
    enabled: files.includes("yes"),
    pid: Number(value("MainPID")),
    ...(masked === undefined ? {} : { maskedBy: masked.slice("masked ".length) }),
    ...(files.includes("lacks") ? { lacksEnvironment: true } : {}),
  };
}

/**
 * Runtimes such as the JVM tell that they ended by a signal with 128 + its number, which systemd takes for a failure where
 * the unit has no SuccessExitStatus: who was asked to end, and did, has not failed. One that ended so by itself is started again.
 */
function isStopped(value: (key: string) => string): boolean {
  const isBySignal = ["143", "130"].includes(value("ExecMainStatus"));
  return value("ActiveState") === "failed" && value("Result") === "exit-code" && isBySignal;
}

/** A unit that takes a new configuration serves meanwhile: to us it is active. */
export function activeState(state: string): string {
  if (state === "") return "inactive";
  return state === "reloading" || state === "refreshing" ? "active" : state;
}

/** The unit that systemd names when it is asked for nginx.service: that may be another name (`Alias=`) of openresty's, say. */
export function nginxUnit(text: string, layout: Layout): string {
  const ids = [...text.matchAll(/^Id=(.*)$/gm)].map(([, id = ""]) => id);
  const ours = [layout.service("blue"), layout.service("green")];
  return ids.findLast((id) => !ours.includes(id)) ?? nginxService(layout.nginx);
}
