import type { Config } from "../config/resolved.ts";
import { UserError, exitCodes } from "../errors.ts";
import type { Survey } from "../remote/survey.ts";
import { connectFleet } from "./fleet.ts";
import type { World } from "./world.ts";

/** Reads all hosts of a stage, without their locks, and hands over what was found while the connections are open. */
export async function look<T>(
  config: Config,
  world: World,
  use: (surveys: readonly Survey[]) => T | Promise<T>,
): Promise<T> {
  const fleet = await connectFleet(config, world);
  let interrupted = false;
  const stop = world.onSignal(() => {
    interrupted = true;
    fleet.kill();
  });
  try {
    return await use(await fleet.surveys);
  } catch (error) {
    throw interrupted ? new UserError("Interrupted", { exitCode: exitCodes.interrupted, cause: error }) : error;
  } finally {
    stop();
    await fleet.close();
  }
}

/** The name of the host that a survey is of. */
export function hostOf({ place }: Survey): string {
  return place.connected.session.host;
}
