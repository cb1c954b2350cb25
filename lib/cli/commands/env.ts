import type { Config } from "../../config/resolved.ts";
import type { ExitCode } from "../../errors.ts";
import { exitCodes } from "../../errors.ts";
import { makeRelease } from "../../model/release.ts";
import { maskSecrets } from "../../model/secret.ts";
import { quote } from "../../model/shell.ts";
import type { Target } from "../../model/target.ts";
import { printable } from "../../model/printable.ts";
import { describeSlot } from "../../plan/describe.ts";
import type { EnvLine } from "../../plan/env-diff.ts";
import { hidden } from "../../plan/env-diff.ts";
import { listHosts } from "../../plan/host-list.ts";
import { makePaint } from "../../report/paint.ts";
import type { AnswerBody } from "../../report/answers.ts";
import type { Intent } from "../intent.ts";
import type { LiveEnvironment, LiveHost } from "../live-environment.ts";
import { environmentLines, readLiveHosts, secretsOf } from "../live-environment.ts";
import { lookPartly, sayAway, unreachable } from "../look.ts";
import { targetsOf } from "../prepare.ts";
import { typedAs } from "../program-name.ts";
import { choiceOf } from "../reporter.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy env`: the environment that the next deploy would write, and how it differs from the live one. */
export async function env(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const { hosts, away } = await lookPartly(config, world, async (surveys, missing) => ({
    hosts: await readLiveHosts(targetsOf(config, surveys, makeRelease("env", 0)), surveys),
    away: missing,
  }));
  const compared = hosts.map((host) => ({ ...host, lines: linesOf(host, intent.switches) }));
  if (world.answer) {
    world.answer.hide(secretsOf(hosts));
    world.answer.give(
      { type: "env", hosts: compared.map((host) => told(host)) },
      { unreachable: unreachable(away, config.stage), problems: compared.flatMap((host) => whyUnread(host)) },
    );
    return codeOf(compared, sayAway(away, config.stage, world));
  }
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
  const text = [...blocks, endOf(compared, config, intent).map((line) => typedAs(line, world.env))]
    .map((block) => block.join("\n"))
    .join("\n\n");
  world.stdout.write(`${maskSecrets(text, secretsOf(hosts))}\n`);
  return codeOf(hosts, sayAway(away, config.stage, world));
}

function codeOf(hosts: readonly LiveHost[], exitCode: ExitCode): ExitCode {
  return hosts.some(({ live }) => live?.kind === "unread") ? exitCodes.failed : exitCode;
}

function whyUnread({ target, live }: LiveHost): readonly string[] {
  return live?.kind === "unread" ? [`${target.host.name}: ${live.why}`] : [];
}

const changes = { " ": "same", "+": "new", "-": "gone", "~": "changed" } as const;

function told({
  target: { host, live, facts },
  lines,
}: LiveHost & { readonly lines: readonly EnvLine[] }): AnswerBody<"env">["hosts"][number] {
  return {
    host: host.name,
    live: live === undefined ? null : { release: facts.links[live] ?? null, variant: live },
    variables: lines.map(({ name, value, sign, isCompared }) => ({
      name,
      value: value ?? null,
      change: isCompared ? changes[sign] : "unknown",
    })),
  };
}

function linesOf(host: LiveHost, switches: ReadonlySet<string>): readonly EnvLine[] {
  const lines = environmentLines(host, switches.has("show"));
  return switches.has("diff") ? lines.filter(({ sign }) => sign !== " ") : lines;
}

function headOf({ facts, live: variant }: Target, live: LiveEnvironment): string {
  if (live === undefined) return "nothing is live there; the next deploy writes";
  if (live.kind === "unread") return `${printable(live.why)}: not compared; the next deploy writes`;
  return `the next deploy writes, compared with ${describeSlot(variant && facts.links[variant], variant)}`;
}

function endOf(
  hosts: readonly (LiveHost & { readonly lines: readonly EnvLine[] })[],
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
