import type { Config } from "../config/resolved.ts";
import type { ExitCode } from "../errors.ts";
import { RemoteError, SessionLostError, UnreadError, UserError, exitCodes } from "../errors.ts";
import { printable } from "../model/printable.ts";
import type { Closing } from "../report/answers.ts";
import type { Survey } from "../remote/survey.ts";
import { nameStage } from "./name-stage.ts";
import type { Fleet } from "./fleet.ts";
import { connectFleet, connectReachableFleet } from "./fleet.ts";
import type { World } from "./world.ts";

/** Reads all hosts of a stage, without their locks, and hands over what was found while the connections are open. */
export async function look<T>(
  config: Config,
  world: World,
  use: (surveys: readonly Survey[]) => T | Promise<T>,
): Promise<T> {
  const fleet = await connectFleet(config, world);
  return await withFleet(fleet, world, async () => use(await fleet.surveys));
}

/** A host that could not be reached or read, and why: a sentence. */
export type Away = { readonly host: string; readonly why: string };

/** As `look`, for what is worth knowing of some hosts, too. Throws where none can be read. */
export async function lookPartly<T>(
  config: Config,
  world: World,
  use: (surveys: readonly Survey[], away: readonly Away[]) => T | Promise<T>,
): Promise<T> {
  const { unreachedSentence } = await import("../remote/connect.ts");
  const { fleet, unreached } = await connectReachableFleet(config, world);
  return await withFleet(fleet, world, async (isInterrupted) => {
    const readings = await Promise.allSettled(fleet.readings);
    // Then it was us who let go of a host that had yet to answer.
    if (isInterrupted()) throw new Error("interrupted");
    const failed = readings.filter((each) => each.status === "rejected").map(({ reason }): unknown => reason);
    const lost = failed.filter(
      (error) => error instanceof SessionLostError || error instanceof RemoteError || error instanceof UnreadError,
    );
    const surveys = readings.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    // A connection that is lost has its own exit code; anything else is a fault of ours.
    const other = failed.find((error) => !(error instanceof UnreadError));
    if (other !== undefined && (surveys.length === 0 || lost.length < failed.length)) throw other;
    const away = [
      ...unreached.map((each) => ({ host: each.host, why: unreachedSentence(each) })),
      ...lost.map(({ host, message }) => ({ host, why: message })),
    ];
    if (surveys.length === 0) throw new UserError(away.map(({ why }) => why));
    return await use(surveys, away);
  });
}

async function withFleet<T>(fleet: Fleet, world: World, use: (isInterrupted: () => boolean) => Promise<T>): Promise<T> {
  let interrupted = false;
  const stop = world.onSignal(() => {
    interrupted = true;
    fleet.kill();
  });
  try {
    return await use(() => interrupted);
  } catch (error) {
    throw interrupted ? new UserError("Interrupted", { exitCode: exitCodes.interrupted, cause: error }) : error;
  } finally {
    stop();
    await fleet.close();
  }
}

/** Says which hosts were left out, and gives the exit code that says it too. */
export function sayAway(away: readonly Away[], stage: string, world: World): ExitCode {
  for (const { problem } of unreachable(away, stage)) world.stderr.write(`bgdeploy: ${problem}\n`);
  return away.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** The same for an answer. */
export function unreachable(away: readonly Away[], stage: string): Closing["unreachable"] {
  return away.map(({ host, why }) => ({ host, problem: nameStage(printable(why), stage) }));
}

/** The name of the host that a survey is of. */
export function hostOf({ place }: Survey): string {
  return place.connected.session.host;
}
