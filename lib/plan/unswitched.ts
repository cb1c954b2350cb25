import { UserError } from "../errors.ts";
import type { Task } from "../model/task.ts";

/** Our own tasks that may stand before the stop and move no traffic. Any other may be a switch of the user's own. */
const ours =
  /^(recover:(repoint|reload|record)|upload:(send|download)|release:(link|record)|systemd:(install|start|enable)|environment:write|health:check|nginx:drain|prune:releases|restart:(link|record))$/;

const switching = /^nginx:switch(-instantly)?$/;

/** Throws a `UserError` where a list would stop the live variant while it has the traffic: nothing before the stop moves it. */
export function refuseUnswitched(tasks: readonly Task[], verb: "run" | "restart", left: readonly Task[] = []): void {
  const stop = tasks.findIndex(({ name }) => name === "systemd:stop");
  if (stop === -1 || tasks.slice(0, stop).some(({ name }) => switching.test(name) || !ours.test(name))) return;
  const names = left.filter(({ name }) => !ours.test(name)).map(({ name }) => name);
  const why =
    names.length === 0
      ? "Put nginx.switch() before systemd.stop() in `tasks`"
      : `Your own tasks are left out (${names.join(", ")}): add --hooks to run them`;
  throw new UserError(
    `${verb} would stop the live variant while nginx still sends it requests: no task before systemd:stop switches the traffic. ${why}`,
  );
}

/** A rollback has a list of its own, with our switch: where the config's list has another, it would not move the traffic. */
export function refuseForeignSwitch(tasks: readonly Task[], stage: string): void {
  if (tasks.some(({ name }) => switching.test(name))) return;
  throw new UserError(
    `rollback switches the traffic by nginx.switch(), which this config's tasks do not have: visitors could stay on a variant that is stopped. Build the earlier version and deploy it: bgdeploy run ${stage}`,
  );
}
