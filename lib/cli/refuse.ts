import { quote } from "../model/shell.ts";
import { workflowCommand } from "../report/ci-commands.ts";
import { refusalSummary } from "../report/job-summary.ts";
import type { ExitCode } from "../errors.ts";
import { exitCodes } from "../errors.ts";
import { ciOf } from "./ci.ts";
import { typedAs } from "./program-name.ts";
import type { World } from "./world.ts";

/** Says why a command did not do its work: on stderr, to a CI, and as the last event. */
export function refuse(exitCode: ExitCode, said: readonly string[], world: World): void {
  const ci = ciOf(world);
  const problems = said.map((problem) => world.mask(problem));
  const shown = ["bgdeploy", ...withoutValues(world.argv)].map((word) => quote(word)).join(" ");
  const typed = ["bgdeploy", ...world.argv].map((word) => quote(word)).join(" ");
  const told = problems.map((problem) => typedAs(problem, world.env));
  world.stderr.write(told.map((problem) => `bgdeploy: ${problem}\n`).join(""));
  if (ci?.kind === "github") {
    world.stdout.command(workflowCommand("error", { title: "bgdeploy" }, told.join("\n")));
    ci.summarize(refusalSummary(shown, told));
  }
  // To wait for a lock that a person set is of no use.
  const wait = exitCode === exitCodes.locked && problems.every((problem) => problem.includes("--lock-wait"));
  const next = wait && shown === typed ? [`${typed} --lock-wait 5m`] : [];
  for (const reporter of [world.json, world.answer]) reporter?.finish(exitCode, problems, next);
}

/** What was typed, for others to read: the page of a job is kept, and `-e KEY=VALUE` may give a password. */
function withoutValues(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return argv.map((word, index) => {
    if (end !== -1 && index > end) return word;
    const isValue = /^(-e|--env)$/.test(argv[index - 1] ?? "");
    return isValue || /^(-e|--env=)\w+=/.test(word) ? word.replace(/^((?:-e|--env=)?\w+=).*/s, "$1…") : word;
  });
}
