import type { Config } from "../../config/resolved.ts";
import { RemoteError, SessionLostError, UnreadError } from "../../errors.ts";
import type { Diagnosis } from "../../doctor/finding.ts";
import { diagnosis, wrong } from "../../doctor/finding.ts";
import { fleetFindings } from "../../doctor/drift.ts";
import { examine } from "../../doctor/examine.ts";
import type { Patient } from "../../doctor/patient.ts";
import type { Exam } from "../../model/exam.ts";
import { here, onHost } from "../../model/problem.ts";
import { makeRelease } from "../../model/release.ts";
import type { Target } from "../../model/target.ts";
import { freePorts } from "../../plan/clashes.ts";
import type { Load } from "../../plan/preflight.ts";
import type { Unreached } from "../../remote/connect.ts";
import { describeFreeze, describeHolder, parseFreeze, parseHolder } from "../../remote/lock.ts";
import { examText } from "../../remote/exam.ts";
import { parseExam } from "../../remote/exam-answer.ts";
import type { Place, Survey } from "../../remote/survey.ts";
import { survey } from "../../remote/survey.ts";
import { helperText, sudoersText, unitText } from "../../../recipes/index.ts";
import { targetsOf } from "../prepare.ts";
import { tasksOf } from "../stage.ts";
import type { World } from "../world.ts";
import { needsOf } from "./needs.ts";

/** A host that was read. */
export type Examined = { readonly survey: Survey; readonly exam: Exam; readonly target: Target };

/** Milliseconds that a host gets to answer: something on it hangs, a file server that is gone for example. */
const patience = 60_000;

/** Looks at every host by itself: what one of them has keeps nobody from looking at the others. */
export async function examineHosts(
  places: readonly Place[],
  unreached: readonly Unreached[],
  { config, load }: { readonly config: Config; readonly load: Load },
  world: World,
): Promise<{ readonly examined: readonly Examined[]; readonly diagnoses: readonly Diagnosis[] }> {
  const tasks = tasksOf(config);
  const look = async (place: Place): Promise<Reading | Diagnosis> => {
    const { host } = place.connected.session;
    try {
      return await inTime(readHost(place, config, world), place, world);
    } catch (error) {
      const isItsFault = [SessionLostError, RemoteError, UnreadError, Late].some((kind) => error instanceof kind);
      if (!isItsFault || !(error instanceof Error)) throw error;
      const what = error.message.replace(`${host}: `, "");
      return diagnosis({ kind: "host", host }, [
        wrong(`connected, but its state could not be read: ${what}`, onHost("uptime")),
      ]);
    }
  };
  const read = await Promise.all(places.map((place) => look(place)));
  const away = unreached.map(({ host, problem: { reason, mend, type } }) => {
    const advice = type === undefined ? mend : mend.replace(`: ${type}`, "");
    const what = advice === "To inspect" ? reason : `${reason}. ${advice}`;
    return diagnosis({ kind: "host", host }, [wrong(what, ...(type === undefined ? [] : [here(type)]))]);
  });
  const readings = read.flatMap((each) => ("found" in each ? [each] : []));
  const unread = read.flatMap((each) => ("found" in each ? [] : [each]));
  const free = freePorts(readings.map(({ found }) => found.target));
  const seen = readings.map((each) => examine(patientOf(each, { config, load, tasks, free })));
  const order = config.hosts.map(({ host }) => host.name);
  const hosts = order.flatMap((name) =>
    [...seen, ...unread, ...away].filter(({ where }) => where.kind === "host" && where.host === name),
  );
  const sorted = order.flatMap((name) =>
    readings.map(({ found }) => found).filter(({ target }) => target.host.name === name),
  );
  const compared = fleetFindings(
    sorted.map(({ target }) => target),
    config.stage,
  );
  return { examined: sorted, diagnoses: [...hosts, diagnosis({ kind: "stage" }, compared)] };
}

/** One host, and the seconds that its clock is ahead of ours. */
type Reading = { readonly found: Examined; readonly ahead: number };

async function readHost(place: Place, config: Config, world: World): Promise<Reading> {
  const { session } = place.connected;
  const before = world.now() / 1000;
  const [found] = await survey([place], { word: world.randomWord(), thorough: true });
  const after = world.now() / 1000;
  const [target] = found === undefined ? [] : targetsOf(config, [found], makeRelease("doctor", world.now()));
  if (found === undefined || target === undefined) throw new Error(`${session.host} is not in this stage`);
  const word = world.randomWord();
  const exam = parseExam(
    await session.evaluate(examText(word, place.layout, found.facts, target.app)),
    word,
    place.layout,
  );
  const { clock } = found.facts;
  // Whole seconds: the host's are cut off.
  const ahead = clock + 1 < before ? clock - before : clock > after ? clock - after : 0;
  return { found: { survey: found, exam, target }, ahead };
}

type Common = Pick<Patient, "load" | "free"> & {
  readonly config: Config;
  readonly tasks: ReturnType<typeof tasksOf>;
};

function patientOf({ found, ahead }: Reading, { config, load, tasks, free }: Common): Patient {
  const { survey, exam, target } = found;
  const { facts } = survey;
  const { app, layout } = target;
  const { freeze, held, holder } = facts.lock;
  return {
    target,
    exam,
    stage: config.stage,
    load,
    ahead,
    free,
    unit: unitText(app, layout),
    sudoers: sudoersText(app, layout, facts.user.name, facts.rulePaths),
    helper: helperText(app, layout.nginx),
    ...needsOf(tasks, target, config.directory),
    locked: {
      byHand: freeze === undefined ? undefined : describeFreeze(parseFreeze(freeze)),
      byRun: held ? describeHolder(parseHolder(holder ?? "")) : undefined,
    },
  };
}

class Late extends Error {}

/** A host that does not answer is let go: its session would wait as long as what hangs there. */
async function inTime<T>(work: Promise<T>, { connected: { session } }: Place, world: World): Promise<T> {
  const over = new AbortController();
  const late = world.wait(patience, over.signal).then(() => {
    if (over.signal.aborted) return work;
    session.kill();
    throw new Late(`no answer within ${patience / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    work.catch(() => {});
    late.catch(() => {});
  }
}
