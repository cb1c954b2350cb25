import { SessionLostError, UserError, exitCodes } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import type { Parsed } from "./argv.ts";
import { parseArgv, verbIn } from "./argv.ts";
import type { Intent } from "./intent.ts";
import type { Asked } from "./json.ts";
import { helpText, verbHelp } from "./help.ts";
import { verbs } from "./verbs.ts";
import { nameStage } from "./name-stage.ts";
import { packageVersion } from "./version.ts";
import type { World } from "./world.ts";

/** The whole program: argv to exit code. The only place that catches in order to print. */
export async function main(world: World): Promise<void> {
  if (world.argv[0] === "__complete") {
    await (await import("./completion/answer.ts")).complete(world.argv.slice(2), world);
    return world.setExitCode(exitCodes.done);
  }
  const parsed = await fillIn(parse(world.argv), world);
  const intent = parsed instanceof Error || parsed.kind !== "intent" ? undefined : parsed.intent;
  const heard = wantsJson(world.argv, parsed)
    ? (await import("./json.ts")).withJson(world, asked(world, intent))
    : world;
  try {
    const exitCode = await answer(parsed, heard);
    for (const reporter of [heard.json, heard.answer]) reporter?.finish(exitCode, []);
    world.setExitCode(exitCode);
  } catch (error) {
    const { exitCode, problems } = explain(error, intent?.stage);
    (await import("./refuse.ts")).refuse(exitCode, problems, heard);
    world.setExitCode(exitCode);
  }
}

/** Does the command line ask for JSON? Where it could not be understood, its words alone tell. */
function wantsJson(argv: readonly string[], parsed: Parsed | Error): boolean {
  if (!(parsed instanceof Error)) return parsed.kind === "intent" && parsed.intent.switches.has("json");
  return isThere(argv, "--json");
}

function asked({ argv }: World, intent: Intent | undefined): Asked {
  return { verb: verbIn(argv, verbs), intent, isDry: isThere(argv, "--dry-run") };
}

/** Behind `--` it is a word of another command. */
function isThere(argv: readonly string[], word: string): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? argv.length : end).includes(word);
}

/** A command line that cannot be understood is told as any other error: with `--json` as JSON. */
function parse(argv: readonly string[]): Parsed | Error {
  try {
    return parseArgv(argv, verbs);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What was left out of the command line, where the config knows it. */
async function fillIn(parsed: Parsed | Error, world: World): Promise<Parsed | Error> {
  if (parsed instanceof Error || parsed.kind !== "intent") return parsed;
  if (!parsed.verb.stage || parsed.intent.stage !== undefined) return parsed;
  world.keepCompiled();
  // The config is run: what it prints must not come before the events.
  if (parsed.intent.switches.has("json")) world.reserveStdout();
  try {
    return await (await import("./only-stage.ts")).withOnlyStage(parsed, world);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function answer(parsed: Parsed | Error, world: World): Promise<ExitCode> {
  if (parsed instanceof Error) throw parsed;
  switch (parsed.kind) {
    case "version":
      world.stdout.write(`${packageVersion()}\n`);
      return exitCodes.done;
    case "help":
      world.stdout.write(parsed.verb ? verbHelp(parsed.verb) : helpText(verbs));
      return exitCodes.done;
    case "intent": {
      world.keepCompiled();
      const act = await parsed.verb.load();
      return await act(parsed.intent, world);
    }
  }
}

/** What is said of an error, a sentence each. */
function explain(
  error: unknown,
  stage: string | undefined,
): { readonly exitCode: ExitCode; readonly problems: readonly string[] } {
  if (error instanceof UserError) {
    return { exitCode: error.exitCode, problems: error.problems.map((problem) => nameStage(problem, stage)) };
  }
  if (error instanceof SessionLostError && error.givenUp === "interrupted") {
    const problem = `Interrupted. ${error.message}. The live version keeps serving`;
    return { exitCode: exitCodes.interrupted, problems: [problem] };
  }
  if (error instanceof SessionLostError) {
    const problem = `${error.message}. The live version keeps serving. Run the same command again`;
    return { exitCode: exitCodes.failed, problems: [problem] };
  }
  const problem = `this is a bug in bgdeploy; please report it with these lines:\n${stackOf(error)}`;
  return { exitCode: exitCodes.failed, problems: [problem] };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
