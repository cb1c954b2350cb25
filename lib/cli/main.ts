import { SessionLostError, UserError, exitCodes } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import { parseArgv } from "./argv.ts";
import { helpText, verbHelp } from "./help.ts";
import { verbs } from "./verbs.ts";
import { nameStage } from "./name-stage.ts";
import { packageVersion } from "./version.ts";
import type { World } from "./world.ts";

/** The whole program: argv to exit code. The only place that catches in order to print. */
export async function main(world: World): Promise<void> {
  world.setExitCode(await answer(world));
}

async function answer(world: World): Promise<ExitCode> {
  let stage: string | undefined;
  try {
    const parsed = parseArgv(world.argv, verbs);
    switch (parsed.kind) {
      case "version":
        world.stdout.write(`${packageVersion()}\n`);
        return exitCodes.done;
      case "help":
        world.stdout.write(parsed.verb ? verbHelp(parsed.verb) : helpText(verbs));
        return exitCodes.done;
      case "intent": {
        ({ stage } = parsed.intent);
        world.keepCompiled();
        const act = await parsed.verb.load();
        return await act(parsed.intent, world);
      }
    }
  } catch (error) {
    if (error instanceof SessionLostError) {
      world.stderr.write(`bgdeploy: ${error.message}. What was live goes on serving; type the same again\n`);
      return exitCodes.failed;
    }
    if (!(error instanceof UserError)) {
      world.stderr.write(
        `bgdeploy: this is a bug in bgdeploy; please report it with these lines:\n${stackOf(error)}\n`,
      );
      return exitCodes.failed;
    }
    world.stderr.write(error.problems.map((problem) => `bgdeploy: ${nameStage(problem, stage)}\n`).join(""));
    return error.exitCode;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
