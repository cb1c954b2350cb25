import { jsonReporter } from "../report/json.ts";
import type { Intent } from "./intent.ts";
import { levelOf } from "./reporter.ts";
import { packageVersion } from "./version.ts";
import type { World } from "./world.ts";

/** A world whose standard output holds the lines of `--json` and nothing else: people's words go to stderr. */
export function withJson(world: World, intent: Intent | undefined): World {
  const { stdout, stderr } = world;
  world.reserveStdout();
  const level = levelOf({ switches: intent?.switches ?? new Set() });
  const json = jsonReporter((line) => stdout.json(line), world.now, level);
  json.tell({
    type: "start",
    command: intent?.verb ?? null,
    stage: intent?.stage ?? null,
    version: packageVersion(),
    dryRun: intent?.verb === "plan" || (intent?.switches.has("dry-run") ?? false),
  });
  // The lines need the room: of people's words there are few.
  return { ...world, json, stdout: { ...stderr, isTerminal: false, room: stdout.room } };
}
