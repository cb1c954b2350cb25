import type { ExitCode } from "../../errors.ts";
import { exitCodes } from "../../errors.ts";
import type { Config } from "../../config/resolved.ts";
import { openInBrowser } from "../browser.ts";
import type { Intent } from "../intent.ts";
import { sshSays } from "../ssh-user.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy open`: where the app answers: the config's `url`, else its domain, else the first host. */
export async function open(intent: Intent, world: World): Promise<ExitCode> {
  const url = await urlOf(await loadStage(intent, world, "optional"));
  world.answer?.give({ type: "open", url });
  world.stdout.write(`${url}\n`);
  if (world.stdout.isTerminal) openInBrowser(url, world.env);
  return exitCodes.done;
}

async function urlOf({ url, hosts: [{ host, app }], ssh }: Config): Promise<string> {
  if (url !== undefined) return url;
  const name = app.domain?.replace(/^\*\./, "") ?? (await sshSays("hostname", host.name, ssh));
  return `http://${name.includes(":") ? `[${name}]` : name}/`;
}
