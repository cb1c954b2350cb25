import type { Config, ConfiguredHost } from "../../config/resolved.ts";
import { didYouMean } from "../../config/suggest.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import { liveState } from "../../model/live.ts";
import { quote } from "../../model/shell.ts";
import { describeSlot } from "../../plan/describe.ts";
import { openShell, shellIn } from "../../remote/shell.ts";
import { connectFleet } from "../fleet.ts";
import type { Intent } from "../intent.ts";
import { loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy ssh`: a shell on one host, where the live release is. 0 whatever its last command ended with; 1 if it was cut. */
export async function ssh(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const host = chosenHost(config, intent.operand);
  const fleet = await connectFleet({ ...config, hosts: [host] }, world);
  let shell: ReturnType<typeof openShell> | undefined;
  // What is typed goes to the host, Ctrl-C too; a terminal that is closed ends it.
  const stop = world.onSignal((signal) => {
    if (signal === "SIGINT" && shell !== undefined) return;
    shell?.kill();
    fleet.kill();
  });
  try {
    const [found] = await fleet.surveys;
    if (found === undefined) throw new Error(`${host.host.name} was not read`);
    const { place, facts } = found;
    const state = liveState(facts, place.app.ports);
    const live = state.kind === "live" || state.kind === "down" ? state.live : undefined;
    const release = live && facts.links[live];
    world.stderr.write(`${host.host.name}: ${describeSlot(release, live) ?? "no release is live"}\n`);
    shell = openShell(place.connected, shellIn(place.layout, release, live), world.interactive);
    return (await shell.status) === 255 ? exitCodes.failed : exitCodes.done;
  } finally {
    stop();
    await fleet.close();
  }
}

/** The host that was named, or the only one. */
function chosenHost({ hosts, stage }: Config, name: string | undefined): ConfiguredHost {
  const names = hosts.map(({ host }) => host.name);
  const found = name === undefined ? hosts[0] : hosts.find(({ host }) => host.name === name);
  if (found === undefined) {
    throw new UserError(
      `no host "${name}" in stage "${stage}".${didYouMean(name ?? "", names)} It has: ${names.join(", ")}`,
    );
  }
  if (name === undefined && names.length > 1) {
    throw new UserError(
      `stage "${stage}" has ${names.length} hosts: ${names.join(", ")}. Choose one: bgdeploy ssh ${quote(stage)} ${names[0]}`,
    );
  }
  return found;
}
