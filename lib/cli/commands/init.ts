import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { lookAround } from "../../config/found.ts";
import { resolveConfig } from "../../config/load.ts";
import { configSource } from "../../config/source.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import { quote } from "../../model/shell.ts";
import { alignColumns } from "../../plan/table.ts";
import { deployStage } from "../deploy-line.ts";
import { inFlags } from "../in-flags.ts";
import type { FromLine } from "../init-from.ts";
import { configFromLine } from "../init-from.ts";
import { draftConfig } from "../init-questions.ts";
import type { Intent } from "../intent.ts";
import { valueOf } from "../intent.ts";
import { verbs } from "../verbs.ts";
import { typedAs } from "../program-name.ts";
import type { World } from "../world.ts";

/** `bgdeploy init`: writes a first config, and never over one. */
export async function init(intent: Intent, world: World): Promise<ExitCode> {
  const { cwd, env, home } = world;
  const found = await lookAround(cwd);
  if (found.config !== undefined) {
    throw new UserError(`${found.config} already exists; nothing was written. Edit it, or move it away first`);
  }
  const line = lineOf(intent);
  const { config, version } = line === undefined ? await drafted() : fromLine(line, cwd);
  const file = join(cwd, found.file);
  const known = { cwd, env, home, stage: deployStage, secrets: "optional" } as const;
  const { hosts } = await resolveConfig(config, file, known).catch((error: unknown) => {
    throw error instanceof UserError ? inFlags(error) : error;
  });
  // `wx`: somebody may have written one in the meantime.
  await writeFile(file, configSource(config, heading), { flag: "wx" }).catch((error: unknown) => {
    throw new UserError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  });

  const names = hosts.map(({ host }) => host.name).join(", ");
  world.stdout.write(
    `Wrote ${found.file}: ${hosts[0].app.name} on ${names}.\n\n${typedAs(nextSteps(cwd, version), world.env)}\n`,
  );
  return exitCodes.done;

  async function drafted(): Promise<FromLine> {
    return { config: await draftConfig(intent, found, world), version: "" };
  }
}

const heading = "Deploy with `bgdeploy run production`. All keys: docs/config.md of bgdeploy.";

function nextSteps(cwd: string, version: string): string {
  const named = version === "" ? "" : ` --version ${quote(version)}`;
  const isInstalled = existsSync(join(cwd, "node_modules/bgdeploy"));
  const rows = [
    ...(isInstalled ? [] : [["npm install --save-dev bgdeploy", "adds types for your editor"]]),
    [`bgdeploy setup ${deployStage} --as root`, "prepares the hosts once; shows the changes and asks first"],
    [`bgdeploy plan ${deployStage}${named}`, "shows what a deploy would do; changes nothing"],
    [`bgdeploy run ${deployStage}${named}`, "deploys"],
  ];
  return ["Next:", ...alignColumns(rows).map((row) => `  ${row}`)].join("\n");
}

/** Everything is in that line: a flag beside it would contradict it. */
function lineOf(intent: Intent): string | undefined {
  const line = valueOf(intent, "from");
  const beside = Object.keys(intent.values).filter((name) => name !== "from");
  if (line === undefined || beside.length === 0) return line;
  throw new UserError(
    `--from takes everything from its command line; remove ${beside.map((name) => `--${name}`).join(", ")}`,
  );
}

function fromLine(line: string, cwd: string): FromLine {
  const verb = verbs.find(({ name }) => name === "deploy");
  if (verb === undefined) throw new Error("there is no deploy");
  return configFromLine(line, basename(cwd), verb);
}
