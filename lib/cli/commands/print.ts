import type { ExitCode } from "../../errors.ts";
import { exitCodes } from "../../errors.ts";
import type { Config } from "../../config/resolved.ts";
import type { App } from "../../model/app.ts";
import type { Layout } from "../../model/layout.ts";
import { makeLayout } from "../../model/layout.ts";
import { sudoersText, unitText, vhostText } from "../../../recipes/index.ts";
import type { Answer } from "../../report/answers.ts";
import type { Intent } from "../intent.ts";
import { loadStage, switchMode } from "../stage.ts";
import { refuseStrictFlag } from "../strict-flag.ts";
import { sshUser } from "../ssh-user.ts";
import { valueOf } from "../intent.ts";
import type { World } from "../world.ts";

type File = Extract<Answer, { readonly path: string }>;

/** `bgdeploy vhost`: the nginx site of the stage. */
export function vhost(intent: Intent, world: World): Promise<ExitCode> {
  return print(intent, world, (app, layout, config) => ({
    type: "vhost",
    path: layout.vhost,
    text: vhostText(app, layout, switchMode(config)),
  }));
}

/** `bgdeploy unit`: the systemd unit of the stage. */
export function unit(intent: Intent, world: World): Promise<ExitCode> {
  return print(intent, world, (app, layout) => ({ type: "unit", path: layout.unit, text: unitText(app, layout) }));
}

/** `bgdeploy sudoers`: the rules for the user that ssh connects as. */
export async function sudoers(intent: Intent, world: World): Promise<ExitCode> {
  refuseStrictFlag(intent);
  const config = await loadStage(intent, world, "optional");
  const { host, app } = config.hosts[0];
  const user = valueOf(intent, "user") ?? (await sshUser(host.name, config.ssh));
  const layout = makeLayout(app.name, app.destination, app.strict, app.nginx);
  return show({ type: "sudoers", path: layout.sudoers, text: sudoersText(app, layout, user) }, world);
}

async function print(
  intent: Intent,
  world: World,
  file: (app: App, layout: Layout, config: Config) => File,
): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const { app } = config.hosts[0];
  return show(file(app, makeLayout(app.name, app.destination, app.strict, app.nginx), config), world);
}

function show(file: File, { answer, stdout }: World): ExitCode {
  if (answer) answer.give(file);
  else stdout.write(file.text);
  return exitCodes.done;
}
