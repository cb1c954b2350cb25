import { answerReporter } from "../report/answer.ts";
import { jsonReporter } from "../report/json.ts";
import { flags } from "./flags.ts";
import type { Intent } from "./intent.ts";
import { levelOf } from "./reporter.ts";
import type { Verb } from "./verb.ts";
import { packageVersion } from "./version.ts";
import type { World } from "./world.ts";

/** What is known of a command line, though it may not have been understood. */
export type Asked = { readonly verb: Verb | undefined; readonly intent: Intent | undefined; readonly isDry: boolean };

/**
 * A world whose standard output holds what `--json` writes and nothing else: people's words go to stderr. A question is answered by
 * one document; what runs writes its events.
 */
export function withJson(world: World, { verb, intent, isDry }: Asked): World {
  const { stdout, stderr } = world;
  world.reserveStdout();
  const write = (line: string): void => stdout.json(line);
  const asked = { command: intent?.verb ?? null, stage: intent?.stage ?? null };
  // The lines need the room: of people's words there are few.
  const people = {
    ...world,
    stdout: { ...stderr, isTerminal: false, room: stdout.room, drained: () => stdout.drained() },
  };
  if (isDry || !verb?.flags.includes(flags.events)) {
    return { ...people, answer: answerReporter(write, world.now, asked) };
  }
  const json = jsonReporter(write, world.now, levelOf({ switches: intent?.switches ?? new Set() }));
  json.tell({ type: "start", ...asked, version: packageVersion() });
  return { ...people, json };
}
