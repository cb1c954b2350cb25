import { exitCodes } from "../errors.ts";
import { nudge } from "../remote/nudge.ts";
import type { Fleet } from "./fleet.ts";
import type { World } from "./world.ts";

/**
 * Once: finish what runs, and undo. Twice: stop now, and say what that leaves.
 *
 * `holds`: are the locks ours? Else the waits on the hosts are another run's, and not to be ended.
 */
export function hearInterrupts(
  world: World,
  fleet: Fleet,
  holds: () => boolean,
): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const stop = world.onSignal((signal) => {
    if (!controller.signal.aborted) {
      controller.abort(signal);
      if (holds()) for (const place of fleet.places) nudge(place);
      world.stderr.write(
        `\n${signal}: finishing the running commands, then undoing. Once more stops at once, with nothing undone.\n`,
      );
      return;
    }
    const hosts = fleet.places.map(({ connected }) => connected.session.host).join(", ");
    fleet.kill();
    world.stderr.write(
      `\nStopped at once; nothing was undone on ${hosts}. What was live goes on serving.\n` +
        "The next run works out what is there and puts it right: type the same again.\n",
    );
    world.exitNow(exitCodes.mend);
  });
  return { signal: controller.signal, stop };
}
