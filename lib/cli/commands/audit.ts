import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import { isVariant } from "../../model/variant.ts";
import { sh } from "../../model/shell.ts";
import { printable } from "../../model/printable.ts";
import type { Place } from "../../remote/survey.ts";
import type { AnswerBody } from "../../report/answers.ts";
import { instantOf } from "../../report/json-bodies.ts";
import { auditRows } from "../../report/audit-rows.ts";
import type { AuditEntry, AuditRun } from "../../run/audit.ts";
import { groupRuns, parseJournal } from "../../run/audit.ts";
import { connectFleet } from "../fleet.ts";
import type { Intent } from "../intent.ts";
import type { Away } from "../look.ts";
import { sayAway, unreachable } from "../look.ts";
import { styleOf } from "../output.ts";
import { countOf } from "../quantity.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy audit`: the journals of all hosts as one list, a line a run. */
export async function audit(intent: Intent, world: World): Promise<ExitCode> {
  const count = countOf(intent, "lines") ?? 50;
  const config = await loadStage(intent, world, "optional");
  const problems: string[] = [];
  const away: Away[] = [];
  const missing = (why: string, host: string): void => void away.push({ host, why });
  const fleet = await connectFleet(config, world, { missing });
  let interrupted = false;
  const stop = world.onSignal(() => {
    interrupted = true;
    fleet.kill();
  });
  try {
    const journals = await Promise.all(fleet.places.map((place) => readJournal(place, count, problems)));
    const runs = groupRuns(journals.flat()).slice(0, count);
    if (world.answer) {
      world.answer.give(
        { type: "audit", runs: runs.map((run) => told(run)) },
        { problems, unreachable: unreachable(away, config.stage) },
      );
    } else {
      const all = config.hosts.map(({ host }) => host.name);
      const lines = runs.length === 0 ? ["No runs yet."] : auditRows(runs, all, styleOf(world.stdout));
      world.stdout.write(`${lines.join("\n")}\n`);
    }
    const exitCode = sayAway(away, config.stage, world);
    for (const problem of problems) world.stderr.write(`bgdeploy: ${printable(problem)}\n`);
    return problems.length === 0 ? exitCode : exitCodes.failed;
  } catch (error) {
    throw interrupted ? new UserError("Interrupted", { exitCode: exitCodes.interrupted, cause: error }) : error;
  } finally {
    stop();
    await fleet.close();
  }
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}

/** What an older version, or another tool, left out is `null`. */
function told({ at, who, from, action, hosts }: AuditRun): AnswerBody<"audit">["runs"][number] {
  return {
    at: instantOf(at),
    who: orNull(who),
    from: orNull(from),
    action,
    hosts: hosts.map(({ host, release, variant, end }) => ({
      host,
      release: orNull(release),
      variant: isVariant(variant) ? variant : null,
      outcome: orNull(end),
    })),
  };
}

/** The last lines of a host's journal: of a run each host has one, so no host needs more than are shown. */
async function readJournal(
  { connected, layout }: Place,
  count: number,
  problems: string[],
): Promise<readonly AuditEntry[]> {
  const { session } = connected;
  const text = await session.evaluate(
    sh`if [ -r ${layout.journal} ]; then echo read; tail -n ${count} ${layout.journal}; elif [ -e ${layout.state} ] && ! { [ -x ${layout.state} ] && [ ! -e ${layout.journal} ]; }; then id -un; else echo none; fi`
      .raw,
  );
  const [first = "", ...lines] = text.split("\n");
  if (first === "read") return parseJournal(session.host, lines.join("\n"));
  if (first !== "none") {
    problems.push(
      `${session.host}: ${first} cannot read ${layout.journal}; only its owner, the deploy user, can. Connect as that user`,
    );
  }
  return [];
}
