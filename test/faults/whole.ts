import { parseArgs } from "node:util";
import { whyLabCannotRun } from "../lab/requirements.ts";
import { openLane } from "./support/lane.ts";
import { runTrials } from "./support/lanes.ts";
import { wholeSchedule } from "./support/schedule.ts";
import { stepName } from "./support/step.ts";
import { faultTable } from "./support/table.ts";
import type { Trial } from "./support/trial.ts";
import { trialName, verbs } from "./support/trial.ts";
import { faults } from "./support/fault.ts";

const usage = `Every fault at every step of a deploy, a rollback and a restart, on real hosts. Needs what the lab needs.

  npm run test:faults -- [FLAGS]

  --lanes N        pairs of hosts that work at once (default: 3)
  --alone          the struck run is of one host, which waits for no other
  --verb VERB      run, rollback or restart only
  --fault FAULT    kill, cut or power only
  --step TEXT      only steps whose name contains this
  --every N        only each Nth of them (5 and 7 mix kinds and moments best)
  --minutes N      begin no more after this time
  --list           show what would be done
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      lanes: { type: "string", default: "3" },
      alone: { type: "boolean", default: false },
      verb: { type: "string" },
      fault: { type: "string" },
      step: { type: "string", default: "" },
      every: { type: "string", default: "1" },
      minutes: { type: "string", default: "1440" },
      list: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return print(usage, 0);
  const why = whyLabCannotRun();
  if (why !== undefined) return print(`No faults here: ${why}\n`, 2);

  const lanes = await Promise.all(
    Array.from({ length: Number(values.lanes) }, (_, index) =>
      openLane(`${values.alone ? "alone" : "whole"}-${index + 1}`, { alone: values.alone }),
    ),
  );
  try {
    const [lane] = lanes;
    const all: Trial[] = [];
    for (const verb of verbs) {
      if (lane && (values.verb ?? verb) === verb) all.push(...wholeSchedule(verb, await lane.learn(verb)));
    }
    const trials = all
      .filter(({ fault, moment }) => (values.fault ?? fault) === fault && stepName(moment.step).includes(values.step))
      .filter((_, index) => index % Number(values.every) === 0);
    print(`${trials.length} faults of ${all.length}: ${faults.join(", ")} at each step.\n`, 0);
    if (values.list) return print(`${trials.map((trial) => trialName(trial)).join("\n")}\n`, 0);
    const end = performance.now() + Number(values.minutes) * 60_000;
    let done = 0;
    const results = await runTrials(
      lanes,
      trials,
      (left) => left > 0 && performance.now() < end,
      ({ trial, complaints, exitCode, locked }) => {
        done += 1;
        const how = complaints.length === 0 ? "survived" : "DID NOT SURVIVE";
        print(
          `${done}/${trials.length}  ${how}  ${trialName(trial)}  (exit ${exitCode}, next run locked for ${locked} s)\n`,
          0,
        );
        for (const each of complaints) print(`    ${each}\n`, 0);
      },
    );
    if (results.length < trials.length) print(`\n${trials.length - results.length} were not begun in time.\n`, 0);
    print(`\n${faultTable(results)}`, 0);
    return results.every(({ complaints }) => complaints.length === 0) ? 0 : 1;
  } finally {
    await Promise.all(lanes.map((each) => each.end()));
  }
}

function print(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}
