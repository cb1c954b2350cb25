import type { Line } from "./shell.ts";
import { sh } from "./shell.ts";

/**
 * Succeeds where nobody but root and the user can have written these files and directories, or can exchange them; else
 * `bg_why` says of which path that is not so. It stands behind `host/trusted.sh`, which says the rules.
 */
export function trustedLine(base: string, paths: readonly string[]): Line {
  return sh`bg_trusted ${base} ${paths}`;
}
