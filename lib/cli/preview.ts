import type { Config } from "../config/resolved.ts";
import type { ExitCode } from "../errors.ts";
import { explain } from "../plan/explain.ts";
import type { Plan } from "../plan/plan.ts";
import type { Survey } from "../remote/survey.ts";
import { planAnswer } from "../report/json-bodies.ts";
import { makePaint } from "../report/paint.ts";
import { withJournal } from "../run/journal.ts";
import { lookPartly, sayAway, unreachable } from "./look.ts";
import type { World } from "./world.ts";

/** Reads the real hosts, takes no lock, writes nothing, and shows what a run would do on those that it reaches; with `undo` also what would take it back. */
export async function preview(
  config: Config,
  world: World,
  plan: (surveys: readonly Survey[]) => Plan,
  { undo = false }: { readonly undo?: boolean } = {},
): Promise<ExitCode> {
  const { bare, away } = await lookPartly(config, world, async (surveys, missing) => ({
    bare: plan(surveys),
    away: missing,
  }));
  const made = withJournal(bare, () => nothing).plan;
  if (world.answer)
    world.answer.give({ type: "plan", ...planAnswer(made) }, { unreachable: unreachable(away, config.stage) });
  else world.stdout.write(explain(made, { undo, paint: makePaint(world.stdout.color) }));
  return sayAway(away, config.stage, world);
}

/** Of the journal only that it is written is shown. */
const nothing = { at: "", who: "", from: "", run: "", action: "", release: "", variant: "", end: "" };
