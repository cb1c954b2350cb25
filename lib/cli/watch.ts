import type { Config } from "../config/resolved.ts";
import type { ExitCode } from "../errors.ts";
import { UserError, exitCodes } from "../errors.ts";
import type { Place, Survey } from "../remote/survey.ts";
import { survey } from "../remote/survey.ts";
import { connectReachableFleet } from "./fleet.ts";
import type { Away } from "./look.ts";
import { stampOf } from "./stamp.ts";
import type { World } from "./world.ts";

/** The other screen of a terminal, without a cursor; back to its own (xterm's ctlseqs). */
const [enter, leave] = [
  ["?1049h", "?25l"],
  ["?25h", "?1049l"],
];

/**
 * Reads the hosts again and again over the same connections, every `every` milliseconds, and shows what `show` makes of
 * it: on a terminal in place, in a pipe as blocks. Ends by Ctrl-C (exit code 130), with what was seen last left on the
 * screen; when nobody reads on (0); or when the last host is lost (1).
 */
export async function watch(
  config: Config,
  world: World,
  every: number,
  show: (surveys: readonly Survey[], away: readonly Away[]) => string,
): Promise<ExitCode> {
  const { unreachedSentence } = await import("../remote/connect.ts");
  const { fleet, unreached } = await connectReachableFleet(config, world);
  const missing = unreached.map((each) => ({ host: each.host, why: unreachedSentence(each) }));
  const { stdout } = world;
  const steer = (sequences: readonly string[] = []): string =>
    sequences.map((each) => `${stdout.seal}${each}`).join("");
  const interrupt = new AbortController();
  const stop = world.onSignal((signal) => {
    interrupt.abort(signal);
    fleet.kill();
  });
  const lost = new Map<Place, Away>();
  let last = "";
  if (stdout.isTerminal) stdout.write(steer(enter));
  try {
    for (;;) {
      const surveys = await read(fleet.places, lost, world);
      if (interrupt.signal.aborted) return exitCodes.interrupted;
      const away = [...missing, ...lost.values()];
      if (surveys.length === 0) {
        const exitCode = lost.size === 0 ? exitCodes.usage : exitCodes.failed;
        throw new UserError(
          away.map(({ why }) => why),
          { exitCode },
        );
      }
      last = `${stampOf(world.now())}\n${show(surveys, away)}`;
      const drawn = `${steer(["H"])}${last.replaceAll("\n", `${steer(["K"])}\n`)}${steer(["J"])}`;
      stdout.write(stdout.isTerminal ? drawn : `${last}\n`);
      if (!(await stdout.drained())) return exitCodes.done;
      await world.wait(every, interrupt.signal);
    }
  } finally {
    stop();
    if (stdout.isTerminal) stdout.write(`${steer(leave)}${last}`);
    await fleet.close();
  }
}

/** A host that is lost stays lost, and the others are read on. */
async function read(places: readonly Place[], lost: Map<Place, Away>, world: World): Promise<readonly Survey[]> {
  const open = places.filter((place) => !lost.has(place));
  const results = await Promise.allSettled(open.map((place) => survey([place], { word: world.randomWord() })));
  return results.flatMap((result, index) => {
    if (result.status === "fulfilled") return result.value;
    const place = open[index];
    const reason: unknown = result.reason;
    const why = reason instanceof Error ? reason.message : String(reason);
    if (place) lost.set(place, { host: place.connected.session.host, why });
    return [];
  });
}
