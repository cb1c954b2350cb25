import type { ExitCode } from "../../errors.ts";
import { exitCodes } from "../../errors.ts";
import type { Config } from "../../config/resolved.ts";
import type { App } from "../../model/app.ts";
import type { Layout } from "../../model/layout.ts";
import { makeLayout } from "../../model/layout.ts";
import { sudoersText, unitText, vhostText } from "../../../recipes/index.ts";
import type { Intent } from "../intent.ts";
import { loadStage, switchMode } from "../stage.ts";
import { refuseStrictFlag } from "../strict-flag.ts";
import { sshUser } from "../ssh-user.ts";
import { valueOf } from "../intent.ts";
import type { World } from "../world.ts";

/** `bgdeploy vhost`: the nginx site of the stage. */
export function vhost(intent: Intent, world: World): Promise<ExitCode> {
  return print(intent, world, (app, layout, config) => vhostText(app, layout, switchMode(config)));
}

/** `bgdeploy unit`: the systemd unit of the stage. */
export function unit(intent: Intent, world: World): Promise<ExitCode> {
  return print(intent, world, unitText);
}

/** `bgdeploy sudoers`: the rules for the user that ssh connects as. */
export async function sudoers(intent: Intent, world: World): Promise<ExitCode> {
  refuseStrictFlag(intent);
  const config = await loadStage(intent, world, "optional");
  const { host, app } = config.hosts[0];
  const user = valueOf(intent, "user") ?? (await sshUser(host.name, config.ssh));
  const layout = makeLayout(app.name, app.destination, app.strict);
  world.stdout.write(sudoersText(app, layout, user));
  return exitCodes.done;
}

async function print(
  intent: Intent,
  world: World,
  text: (app: App, layout: Layout, config: Config) => string,
): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const { app } = config.hosts[0];
  world.stdout.write(text(app, makeLayout(app.name, app.destination, app.strict), config));
  return exitCodes.done;
}
