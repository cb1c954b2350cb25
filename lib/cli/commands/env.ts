import type { Config } from "../../config/resolved.ts";
import type { ExitCode } from "../../errors.ts";
import { exitCodes } from "../../errors.ts";
import { parseEnvironmentFile } from "../../model/environment-file.ts";
import { makeRelease } from "../../model/release.ts";
import { Secret, maskSecrets } from "../../model/secret.ts";
import { quote, sh } from "../../model/shell.ts";
import type { Target } from "../../model/target.ts";
import { printable } from "../../model/printable.ts";
import { describeSlot } from "../../plan/describe.ts";
import type { EnvLine } from "../../plan/env-diff.ts";
import { compareEnvironments, hidden } from "../../plan/env-diff.ts";
import { listHosts } from "../../plan/host-list.ts";
import type { Survey } from "../../remote/survey.ts";
import { makePaint } from "../../report/paint.ts";
import { variablesOf } from "../../../recipes/environment.ts";
import type { Intent } from "../intent.ts";
import { lookPartly, sayAway } from "../look.ts";
import { targetsOf } from "../prepare.ts";
import { choiceOf } from "../reporter.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** What the file of the live slot holds, or why it cannot be told; `undefined` where nothing is live. */
type Live =
  | { readonly kind: "read"; readonly variables: ReadonlyMap<string, string> }
  | { readonly kind: "unread"; readonly why: string }
  | undefined;

type Host = { readonly target: Target; readonly live: Live };

/** `bgdeploy env`: the environment that the next deploy would write, and how it differs from the live one. */
export async function env(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const { hosts, away } = await lookPartly(config, world, async (surveys, missing) => ({
    hosts: await readHosts(config, surveys),
    away: missing,
  }));
  const compared = hosts.map((host) => ({ ...host, lines: linesOf(host, intent.switches) }));
  const groups = Map.groupBy(compared, ({ target, live, lines }) => JSON.stringify([headOf(target, live), lines]));
  const all = hosts.map(({ target }) => target.host.name);
  const paint = makePaint(world.stdout.color);
  const blocks = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const names = paint(
      "bold",
      listHosts(
        group.map(({ target }) => target.host.name),
        all,
      ),
    );
    const lines = first.lines.map((line) => paintLine(line, paint));
    return [[`${names}: ${headOf(first.target, first.live)}`, ...lines]];
  });
  const text = [...blocks, endOf(compared, config, intent)].map((block) => block.join("\n")).join("\n\n");
  world.stdout.write(`${maskSecrets(text, secretsOf(hosts))}\n`);
  const exitCode = sayAway(away, config.stage, world);
  return hosts.some(({ live }) => live?.kind === "unread") ? exitCodes.failed : exitCode;
}

function readHosts(config: Config, surveys: readonly Survey[]): Promise<readonly Host[]> {
  const targets = targetsOf(config, surveys, makeRelease("env", 0));
  return Promise.all(
    targets.map(async (target, index) => {
      const place = surveys[index]?.place;
      if (target.live === undefined || place === undefined) return { target, live: undefined };
      const path = target.layout.environment(target.live);
      const line = sh`if [ -r ${path} ]; then echo yes; cat ${path}; else stat -c %U ${path} 2>/dev/null; fi`;
      const answer = await place.connected.session.evaluate(line.raw);
      const [first = ""] = answer.split("\n");
      if (first === "yes")
        return { target, live: { kind: "read" as const, variables: parseEnvironmentFile(answer.slice(4)) } };
      const reader = target.facts.user.name;
      const why = first === "" ? `there is no ${path}` : `${reader} cannot read ${path}, which belongs to ${first}`;
      return { target, live: { kind: "unread" as const, why } };
    }),
  );
}

function linesOf({ target, live }: Host, switches: ReadonlySet<string>): readonly EnvLine[] {
  const { app, layout, idle } = target;
  const next = variablesOf(app, layout, idle);
  const same = variablesOf(app, layout, target.live ?? idle);
  // Where nothing is live, all is new; where it cannot be read, nothing is known.
  const variables = live === undefined ? new Map<string, string>() : live.kind === "read" ? live.variables : undefined;
  const environments = { next, same, live: variables, secrets: app.secrets };
  const lines = compareEnvironments(environments, switches.has("show"));
  return switches.has("diff") ? lines.filter(({ sign }) => sign !== " ") : lines;
}

function headOf({ facts, live: variant }: Target, live: Live): string {
  if (live === undefined) return "nothing is live there; the next deploy writes";
  if (live.kind === "unread") return `${printable(live.why)}: not compared; the next deploy writes`;
  return `the next deploy writes, compared with ${describeSlot(variant && facts.links[variant], variant)}`;
}

function endOf(
  hosts: readonly (Host & { readonly lines: readonly EnvLine[] })[],
  { stage }: Config,
  intent: Intent,
): readonly string[] {
  const hides = hosts.some(({ lines }) => lines.some(({ text }) => text.endsWith(hidden)));
  const changes = hosts.some(({ lines }) => lines.some(({ sign }) => sign !== " "));
  const isFirst = hosts.some(({ live }) => live === undefined);
  const words = ["bgdeploy", isFirst ? "run" : "restart", stage, ...choiceOf(intent)];
  return [
    ...(hides ? [`${hidden}: looks secret; --show prints it`] : []),
    changes || isFirst
      ? `To apply it: ${words.map((word) => quote(word)).join(" ")}`
      : "The live release already has this environment.",
  ];
}

function paintLine({ sign, text }: EnvLine, paint: ReturnType<typeof makePaint>): string {
  const line = `  ${sign} ${text}`;
  if (sign === " ") return line;
  return paint(sign === "+" ? "green" : sign === "-" ? "red" : "yellow", line);
}

/** Those of the config, and what the hosts still have under their names. */
function secretsOf(hosts: readonly Host[]): readonly Secret[] {
  return hosts.flatMap(({ target: { app }, live }) => [
    ...Object.values(app.env).filter((value) => value instanceof Secret),
    ...app.secrets.flatMap((name) => {
      const old = live?.kind === "read" ? live.variables.get(name) : undefined;
      return old === undefined ? [] : [new Secret(old)];
    }),
  ]);
}
