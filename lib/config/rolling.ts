import { parseDuration } from "../model/duration.ts";
import type { Rolling } from "../model/rolling.ts";
import type { Layer } from "./layers.ts";
import { pick } from "./layers.ts";

/** The waves of a stage; without `batch` one host at a time. */
export function resolveRolling(layers: readonly Layer[]): Rolling | undefined {
  const written = pick(layers, "rolling")?.value;
  if (written === undefined) return undefined;
  const { batch = 1, pause = "0s", maxFailures = 0 } = written;
  return {
    batch: typeof batch === "number" ? { hosts: batch } : { share: Number.parseInt(batch, 10) / 100 },
    pause: parseDuration(pause) ?? 0,
    maxFailures,
  };
}
