import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import type { Config } from "../../config/resolved.ts";
import { clientFindings } from "../../doctor/client.ts";
import type { Diagnosis } from "../../doctor/finding.ts";
import { diagnosis } from "../../doctor/finding.ts";
import { hiddenIn } from "../../model/app.ts";
import { maskSecrets } from "../../model/secret.ts";
import { quote } from "../../model/shell.ts";
import type { AnswerBody } from "../../report/answers.ts";
import { diagnosisText } from "../../report/diagnosis.ts";
import { makePaint } from "../../report/paint.ts";
import { readClient } from "../doctor/client.ts";
import { fix } from "../doctor/fix.ts";
import { pinHostKeys } from "../doctor/pin.ts";
import { examineHosts } from "../doctor/hosts.ts";
import { connectReachableFleet } from "../fleet.ts";
import type { Intent } from "../intent.ts";
import { loadStage } from "../stage.ts";
import { typedAs } from "../program-name.ts";
import type { World } from "../world.ts";

/** `bgdeploy doctor`: what would make the next deploy or reboot fail, here and on each host; exit code 1 where something would. */
export async function doctor(intent: Intent, world: World): Promise<ExitCode> {
  const { config: found, lacking } = await loadWithoutSecrets(intent, world);
  const config = intent.switches.has("pin") ? await pinHostKeys(found, intent, world) : found;
  const client = await readClient(config, lacking, world);
  const local = diagnosis({ kind: "here" }, clientFindings(client));
  const { fleet, unreached } = await connectReachableFleet(config, world);
  const about = { config, load: client.dist.load };
  let interrupted = false;
  const stop = world.onSignal(() => {
    interrupted = true;
    fleet.kill();
  });
  try {
    const first = await examineHosts(fleet.places, unreached, about, world);
    stop();
    if (interrupted) throw new UserError("Interrupted", { exitCode: exitCodes.interrupted });
    const wantsFix = intent.switches.has("fix");
    tell(
      [local, ...first.diagnoses],
      config,
      intent,
      world,
      wantsFix ? undefined : `bgdeploy doctor ${config.stage} --fix`,
    );
    if (!wantsFix || !(await fix({ config, fleet, examined: first.examined }, intent, world))) {
      return codeOf([local, ...first.diagnoses]);
    }
    const second = await examineHosts(fleet.places, unreached, about, world);
    world.stdout.write("\n");
    tell([local, ...second.diagnoses], config, intent, world, undefined);
    return codeOf([local, ...second.diagnoses]);
  } finally {
    stop();
    await fleet.close();
  }
}

/** A secret that is not set here is a finding like others: the hosts can be looked at without it. */
async function loadWithoutSecrets(
  intent: Intent,
  world: World,
): Promise<{ readonly config: Config; readonly lacking: readonly string[] }> {
  try {
    return { config: await loadStage(intent, world, "needed"), lacking: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    try {
      return { config: await loadStage(intent, world, "optional"), lacking: error.problems };
    } catch {
      throw error;
    }
  }
}

function tell(
  diagnoses: readonly Diagnosis[],
  config: Config,
  intent: Intent,
  { answer, stdout, env }: World,
  offer: string | undefined,
): void {
  if (answer) {
    answer.give({ type: "doctor", places: diagnoses.map((each) => told(each)) });
    return;
  }
  const { configFile, flags } = config.ssh;
  const choice = ["config", "only", "except", "role"].flatMap((name) =>
    (intent.values[name] ?? []).flatMap((value) => [`--${name}`, value]),
  );
  const text = diagnosisText(diagnoses, {
    verbose: intent.switches.has("verbose"),
    columns: stdout.isTerminal ? stdout.columns : undefined,
    paint: makePaint(stdout.color),
    ssh: ["ssh", ...(configFile === undefined ? [] : ["-F", configFile]), ...flags],
    flags: (intent.values["config"] ?? []).flatMap((value) => ["--config", value]),
    fix: offer === undefined ? undefined : [offer, ...choice.map((word) => quote(word))].join(" "),
  });
  const secrets = config.hosts.flatMap(({ app }) => hiddenIn(app));
  stdout.write(maskSecrets(typedAs(text, env), secrets));
}

function told({ where, findings }: Diagnosis): AnswerBody<"doctor">["places"][number] {
  return {
    where: where.kind,
    host: where.kind === "host" ? where.host : null,
    findings: findings.map(({ level, what, mends, fixable }) => ({
      level,
      message: what,
      fixable,
      commands: mends.map(({ on, line, fedBy }) => ({ on, command: line, fedBy: fedBy ?? null })),
    })),
  };
}

function codeOf(diagnoses: readonly Diagnosis[]): ExitCode {
  const isWrong = diagnoses.some(({ findings }) => findings.some(({ level }) => level === "wrong"));
  return isWrong ? exitCodes.failed : exitCodes.done;
}
