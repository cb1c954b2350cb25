import type { Config } from "../config/resolved.ts";
import type { ExitCode } from "../errors.ts";
import { SessionLostError, exitCodes } from "../errors.ts";
import { hiddenIn } from "../model/app.ts";
import { maskSecrets } from "../model/secret.ts";
import { printable } from "../model/printable.ts";
import type { Stream } from "../remote/stream.ts";
import { openStream } from "../remote/stream.ts";
import type { Place, Survey } from "../remote/survey.ts";
import { hostPrefixes } from "../report/host-prefix.ts";
import { makePaint } from "../report/paint.ts";
import { connectFleet } from "./fleet.ts";
import type { World } from "./world.ts";

/** What a command has that reads streams of hosts. */
export type Streaming = {
  /** The hosts that were reached. */
  readonly places: readonly Place[];
  readonly surveys: Promise<readonly Survey[]>;
  /** Starts shell text on a host; it ends there with us. */
  open(place: Place, text: string, longest?: number): Stream;
  /** Prints lines of a host, each behind `head`, without what could steer a terminal. `false`: nobody reads on. */
  print(host: string, lines: readonly string[], head?: string): Promise<boolean>;
  /** Says what is wrong with a host, and that the exit code is 1. */
  complain(sentence: string): void;
  readonly interrupted: AbortSignal;
};

/**
 * Connects to the hosts that can be reached, and leaves no process on any of them: neither when it is done, nor after
 * Ctrl-C (exit code 130), nor when nobody reads what it prints.
 */
export async function withStreams(
  config: Config,
  world: World,
  use: (streaming: Streaming) => Promise<void | "failed">,
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const problems: string[] = [];
  const complain = (sentence: string): void => {
    code = exitCodes.failed;
    problems.push(sentence);
    world.stderr.write(`bgdeploy: ${printable(sentence)}\n`);
  };
  const fleet = await connectFleet(config, world, { missing: complain });
  const streams: Stream[] = [];
  const controller = new AbortController();
  const stopHearing = world.onSignal((signal) => {
    if (controller.signal.aborted) {
      fleet.kill();
      world.exitNow(exitCodes.interrupted);
    }
    controller.abort(signal);
    fleet.hasten();
    for (const stream of streams) stream.stop();
  });
  const prefix = hostPrefixes(
    fleet.places.map(({ connected }) => connected.session.host),
    makePaint(world.stdout.color),
  );
  const secrets = config.hosts.flatMap(({ app }) => hiddenIn(app));
  try {
    const end = await use({
      places: fleet.places,
      surveys: fleet.surveys,
      open({ connected }, text, longest) {
        const stream = openStream(connected, text, longest);
        streams.push(stream);
        if (controller.signal.aborted) stream.stop();
        return stream;
      },
      print(host, lines, head = "") {
        if (world.json) {
          for (const text of lines) world.json.tell({ type: "output", host, task: "exec", text });
          return world.stdout.drained();
        }
        const before = `${prefix(host)} ${head}`;
        const text = printable(maskSecrets(lines.join("\n"), secrets));
        world.stdout.write(`${before}${text.replaceAll("\n", () => `\n${before}`)}\n`);
        return world.stdout.drained();
      },
      complain,
      interrupted: controller.signal,
    });
    if (controller.signal.aborted) return exitCodes.interrupted;
    const exitCode = end === "failed" ? exitCodes.failed : code;
    world.json?.finish(exitCode, problems);
    return exitCode;
  } catch (error) {
    if (controller.signal.aborted && error instanceof SessionLostError) return exitCodes.interrupted;
    throw error;
  } finally {
    for (const stream of streams) stream.stop();
    await Promise.all(streams.map((stream) => stream.end));
    stopHearing();
    await fleet.close();
  }
}
