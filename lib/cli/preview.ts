import type { Config } from "../config/resolved.ts";
import type { ExitCode } from "../errors.ts";
import { exitCodes } from "../errors.ts";
import { explain } from "../plan/explain.ts";
import type { Plan } from "../plan/plan.ts";
import type { Survey } from "../remote/survey.ts";
import { makePaint } from "../report/paint.ts";
import { withJournal } from "../run/journal.ts";
import { look } from "./look.ts";
import type { World } from "./world.ts";

/** Reads the real hosts, takes no lock, writes nothing, and shows what a run would do; with `undo` also what would take it back. */
export async function preview(
  config: Config,
  world: World,
  plan: (surveys: readonly Survey[]) => Plan,
  { undo = false }: { readonly undo?: boolean } = {},
): Promise<ExitCode> {
  const made = withJournal(await look(config, world, plan), () => nothing).plan;
  if (world.json) world.json.plan(made);
  else world.stdout.write(explain(made, { undo, paint: makePaint(world.stdout.color) }));
  return exitCodes.done;
}

/** Of the journal only that it is written is shown. */
const nothing = { at: "", who: "", from: "", run: "", action: "", release: "", variant: "", end: "" };
