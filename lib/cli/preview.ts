import type { Config } from "../config/resolved.ts";
import type { ExitCode } from "../errors.ts";
import { maskSecrets } from "../model/secret.ts";
import { quote } from "../model/shell.ts";
import { explain } from "../plan/explain.ts";
import type { Plan } from "../plan/plan.ts";
import type { Survey } from "../remote/survey.ts";
import { planAnswer } from "../report/json-bodies.ts";
import { withJournal } from "../run/journal.ts";
import type { Intent } from "./intent.ts";
import { environmentChanges, readLiveHosts, secretsOf } from "./live-environment.ts";
import { lookPartly, sayAway, unreachable } from "./look.ts";
import { styleOf } from "./output.ts";
import { typedIn } from "./reporter.ts";
import { typedAs } from "./program-name.ts";
import type { World } from "./world.ts";

/** Reads the real hosts, takes no lock, writes nothing, and shows what a run would do on those that it reaches. */
export async function preview(
  config: Config,
  intent: Intent,
  world: World,
  plan: (surveys: readonly Survey[]) => Plan,
): Promise<ExitCode> {
  const undo = intent.switches.has("undo");
  const commands = undo || intent.switches.has("commands");
  const { bare, live, away } = await lookPartly(config, world, async (surveys, missing) => {
    const made = plan(surveys);
    const isRead = !commands && world.answer === undefined;
    return { bare: made, live: isRead ? await readLiveHosts(made.targets, surveys) : [], away: missing };
  });
  const made = withJournal(bare, () => nothing).plan;
  if (world.answer)
    world.answer.give({ type: "plan", ...planAnswer(made) }, { unreachable: unreachable(away, config.stage) });
  else {
    const next = away.length === 0 ? typedAs(nextOf(intent, config.stage), world.env) : undefined;
    const text = explain(made, {
      undo,
      commands,
      ...styleOf(world.stdout),
      environments: environmentChanges(live),
      next,
    });
    world.stdout.write(maskSecrets(text, secretsOf(live)));
  }
  return sayAway(away, config.stage, world);
}

/** The command that does what a plan or a dry run showed. */
export function nextOf(intent: Intent, stage: string): string {
  const { verb } = intent;
  // Its flags take pairs, whose values may be secret.
  if (verb === "deploy") return "the same command without --dry-run";
  const switches = new Set([...intent.switches].filter((name) => !["dry-run", "undo", "commands"].includes(name)));
  const words = ["bgdeploy", verb === "plan" ? "run" : verb, stage, ...typedIn({ ...intent, switches })];
  return words.map((word) => quote(word)).join(" ");
}

/** Of the journal only that it is written is shown. */
const nothing = { at: "", who: "", from: "", run: "", action: "", release: "", variant: "", end: "" };
