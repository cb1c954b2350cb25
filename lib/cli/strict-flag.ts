import { UserError } from "../errors.ts";
import type { Intent } from "./intent.ts";

/** It was a flag once; but every run must know it, too, or it looks for its files elsewhere than setup has put them. */
export function refuseStrictFlag(intent: Intent): void {
  if (!intent.switches.has("strict")) return;
  throw new UserError(
    "--strict is now a key of the config, because every run needs it. Write `strict: true` in deploy.config.ts, then: bgdeploy setup <stage> --as root",
  );
}
