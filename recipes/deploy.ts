import type { Task } from "../lib/index.ts";
import type { DownloadOptions } from "./download.ts";
import { health } from "./health.ts";
import { nginx } from "./nginx.ts";
import { prune } from "./prune.ts";
import { systemd } from "./systemd.ts";
import type { SendOptions } from "./upload.ts";
import { upload } from "./upload.ts";

/** A whole blue-green deploy, as lists of tasks to spread: before and after them is where hooks go. */
export type DeployParts = {
  readonly beforeStart: readonly Task[];
  readonly beforePrune: readonly Task[];
  /** The options of `upload()`: how the release is sent, or from where the hosts download it by themselves. */
  readonly upload: SendOptions | DownloadOptions;
};

/**
 * The default tasks: send the release, install it, start it, check it, move the traffic, stop the old variant, prune.
 *
 * @example tasks: [...deploy(), myOwnTask]
 */
export function deploy(parts: Partial<DeployParts> = {}): readonly Task[] {
  return [
    ...upload(parts.upload),
    ...systemd.install(),
    ...(parts.beforeStart ?? []),
    ...systemd.start(),
    health(),
    ...nginx.switch(),
    ...systemd.stop(),
    ...(parts.beforePrune ?? []),
    prune(),
  ];
}
