import { bridgeLine } from "../model/bridge.ts";
import { endpointOf } from "../model/endpoint.ts";
import type { HookContext } from "../model/hook.ts";
import type { Secret } from "../model/secret.ts";
import { rawLine, sh } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import type { Connected } from "./connect.ts";
import type { Hold } from "../model/hold.ts";
import { heldLine } from "../model/hold.ts";

/** The environment of the service, by name. */
export type Variables = Readonly<Record<string, string | Secret>>;

/** What a hook may use. What it still asks of the host when `over` is aborted is ended. */
export type HookSettings = {
  /** Where its local commands run. */
  readonly directory: string;
  readonly hold: Hold;
  readonly variables: Variables;
  readonly output: (text: string) => void;
  readonly over: AbortSignal;
};

/** What a hook is given for one host. */
export async function hookContext(
  { session: { host }, channel, room }: Connected,
  target: Target,
  { directory, hold, variables, output, over }: HookSettings,
): Promise<HookContext> {
  // Only a config with hooks pays for loading zx and an HTTP client.
  const [{ hostShell, localShell }, { fetchOnHost }] = await Promise.all([import("./dollar.ts"), import("./fetch.ts")]);
  const { layout, release, live, idle, facts } = target;
  const endpoint = endpointOf(target, idle);
  const place = endpoint.kind === "port" ? endpoint.port : bridgeLine(facts.programs, endpoint.path, "join");
  const places = sh`cd ${layout.release(release.id)} 2>/dev/null || cd ${layout.destination} 2>/dev/null`;
  // A hook needs nothing from a file that the host may have changed: the values are those that this run has written there.
  const exports = Object.entries(variables).map(
    ([name, value]) => sh`export ${rawLine(name)}=${value} 2>/dev/null || :`.raw,
  );
  const before = ["set -euo pipefail", `${places.raw} || :`, ...exports, ""].join("; ");
  return {
    $: hostShell(host, channel, (command) => heldLine(hold, rawLine(`${before}${command}`)).raw, output, room),
    local: localShell(directory, output, room),
    target,
    release,
    live,
    idle,
    fetch: (path, init) => fetchOnHost(host, channel, place, over, path, init),
    log: (text) => output(`${text}\n`),
  };
}
