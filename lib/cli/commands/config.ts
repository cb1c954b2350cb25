import { findConfig, loadStages } from "../../config/load.ts";
import type { Config } from "../../config/resolved.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import { hiddenIn } from "../../model/app.ts";
import { oneLine } from "../../model/printable.ts";
import { alignColumns } from "../../plan/table.ts";
import { listHosts } from "../../plan/host-list.ts";
import type { AnswerBody } from "../../report/answers.ts";
import { makePaint } from "../../report/paint.ts";
import type { Intent } from "../intent.ts";
import { valueOf } from "../intent.ts";
import { hostSettings, settingsOf } from "../settings.ts";
import type { Setting } from "../settings.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

type Stage = AnswerBody<"config">["stages"][number];

/** `bgdeploy config`: every setting of a stage, or of all, with its defaults. It connects to no host. */
export async function config(intent: Intent, world: World): Promise<ExitCode> {
  const [named, ...extra] = intent.words;
  if (extra.length > 0) throw new UserError(`config: unexpected argument "${extra.join(" ")}"`);
  const place = { cwd: world.cwd, env: world.env, home: world.home, file: valueOf(intent, "config") };
  const file = await findConfig(place);
  const stages: Stage[] = [];
  // One after the other: what functions of the config print stays in order.
  for (const stage of named === undefined ? await loadStages(place) : [named]) {
    const found = await loadStage({ ...intent, stage }, world, "optional");
    world.hide(found.hosts.flatMap(({ app }) => hiddenIn(app)));
    stages.push(stageOf(found, intent.switches.has("show")));
  }
  if (world.answer) world.answer.give({ type: "config", file, stages });
  else world.stdout.write(textOf(file, stages, world));
  return exitCodes.done;
}

function stageOf(found: Config, show: boolean): Stage {
  return {
    name: found.stage,
    settings: settingsOf(found, show),
    hosts: found.hosts.map((each) => ({ ...each.host, settings: hostSettings(each, show) })),
  };
}

function textOf(file: string, stages: readonly Stage[], { stdout }: World): string {
  const paint = makePaint(stdout.color);
  const blocks = stages.map(({ name, settings, hosts }) => {
    const all = hosts.map((each) => each.name);
    const groups = Map.groupBy(hosts, (host) => JSON.stringify([host.roles, host.settings]));
    const ofHosts = [...groups.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const names = listHosts(
        group.map((each) => each.name),
        all,
      );
      const roles = first.roles.length === 0 ? "" : ` (${first.roles.join(", ")})`;
      return ["", `  ${names}${roles}:`, ...rows(first.settings)];
    });
    return [`${paint("bold", name)}: ${all.join(", ")}`, ...rows(settings), ...ofHosts].join("\n");
  });
  const hides = stages.some(({ settings, hosts }) =>
    [settings, ...hosts.map((each) => each.settings)].some((some) => some.some(({ hidden }) => hidden)),
  );
  return `${file}\n\n${blocks.join("\n\n")}\n${hides ? "\n[hidden]: a secret, or it looks like one; --show shows the latter\n" : ""}`;
}

function rows(settings: readonly Setting[]): readonly string[] {
  return alignColumns(settings.map((each) => [each.key, each.from, oneLine(written(each))])).map((row) => `    ${row}`);
}

/** What holds where a key has no value; it is worked out later. */
const unset: Readonly<Record<string, string>> = {
  version: "- (from git, else from package.json)",
  user: "- (the deploy user)",
  "health.host": "- (the domain, else localhost)",
  "health.settle": "- (2s; 0s in a rollback)",
  "rolling.batch": "- (all hosts at once)",
  domain: "- (any name)",
  url: "- (the domain, else the first host)",
  sshConfig: "- (ssh's own)",
  knownHosts: "- (ssh's own)",
};

function written({ key, value, hidden }: Setting): string {
  if (hidden) return "[hidden]";
  if (value === null) return unset[key] ?? "-";
  if (typeof value === "object") return value.length === 0 ? "[]" : value.join(" ");
  return String(value);
}
