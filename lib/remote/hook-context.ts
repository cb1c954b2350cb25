import type { HookContext } from "../model/hook.ts";
import { sh } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import type { Connected } from "./connect.ts";

/** What a hook is given for one host. What it still asks of the host when `over` is aborted is ended. */
export async function hookContext(
  { session: { host }, channel, room }: Connected,
  directory: string,
  target: Target,
  output: (text: string) => void,
  over: AbortSignal,
): Promise<HookContext> {
  // Only a config with hooks pays for loading zx and an HTTP client.
  const [{ hostShell, localShell }, { fetchOnHost }] = await Promise.all([import("./dollar.ts"), import("./fetch.ts")]);
  const { layout, release, live, idle, app } = target;
  const environment = layout.environment(idle);
  const places = sh`cd ${layout.release(release.id)} 2>/dev/null || cd ${layout.destination} 2>/dev/null`;
  const variables = sh`if [ -r ${environment} ]; then set -a; . ${environment}; set +a; fi`;
  return {
    $: hostShell(host, channel, `set -euo pipefail; ${places.raw} || :; ${variables.raw}; `, output, room),
    local: localShell(directory, output, room),
    target,
    release,
    live,
    idle,
    fetch: (path, init) => fetchOnHost(host, channel, app.ports[idle], over, path, init),
    log: (text) => output(`${text}\n`),
  };
}
