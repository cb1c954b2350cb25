import { quote } from "../model/shell.ts";
import { withoutCommands, workflowCommand } from "../report/ci-commands.ts";
import { refusalSummary } from "../report/job-summary.ts";
import type { ExitCode } from "../errors.ts";
import { exitCodes } from "../errors.ts";
import { ciOf } from "./ci.ts";
import type { World } from "./world.ts";

/** Says why a command did not do its work: on stderr, to a CI, and as the last event. */
export function refuse(exitCode: ExitCode, problems: readonly string[], world: World): void {
  const ci = ciOf(world);
  const typed = ["bgdeploy", ...world.argv].map((word) => quote(word)).join(" ");
  const text = problems.map((problem) => `bgdeploy: ${problem}\n`).join("");
  world.stderr.write(ci?.kind === "github" ? withoutCommands(text) : text);
  if (ci?.kind === "github") {
    world.stdout.write(workflowCommand("error", { title: "bgdeploy" }, problems.join("\n")));
    ci.summarize(refusalSummary(typed, problems));
  }
  // To wait for a lock that a person set is of no use.
  const wait = exitCode === exitCodes.locked && problems.every((problem) => problem.includes("--lock-wait"));
  world.json?.finish(exitCode, problems, wait ? [`${typed} --lock-wait 5m`] : []);
}
