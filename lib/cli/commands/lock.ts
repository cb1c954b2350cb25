import type { ExitCode } from "../../errors.ts";
import { UserError } from "../../errors.ts";
import { shell, write } from "../../model/command.ts";
import { rawLine, sh } from "../../model/shell.ts";
import { printable } from "../../model/printable.ts";
import type { Freeze } from "../../remote/lock.ts";
import { describeFreeze, parseFreeze } from "../../remote/lock.ts";
import type { Intent } from "../intent.ts";
import { valueOf } from "../intent.ts";
import type { Away } from "../look.ts";
import { hostOf, lookPartly, sayAway, unreachable } from "../look.ts";
import { programOf } from "../program-name.ts";
import { loadStage } from "../stage.ts";
import { stampOf } from "../stamp.ts";
import { refuseUntrusted } from "../trusted.ts";
import type { World } from "../world.ts";

/**
 * `bgdeploy lock`: no run begins on these hosts until `unlock`. One that is under way goes on. A host that is not reached keeps
 * nobody from locking the others: no run begins without all of them.
 */
export async function lock(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const message = valueOf(intent, "message") ?? "";
  const freeze: Freeze = { who: world.user, from: world.hostname, since: stampOf(world.now()), message };
  const content = rawLine(`${JSON.stringify(freeze)}\n`);
  return await lookPartly(config, world, async (surveys, away) => {
    const missing = surveys.filter(({ facts }) => !facts.hasState);
    if (missing.length > 0) {
      throw new UserError(
        missing.map((each) => `${hostOf(each)}: nothing was deployed there; there is nothing to lock`),
      );
    }
    refuseUntrusted(surveys, config.stage);
    await Promise.all(
      surveys.map(({ place }) => place.connected.session.run([write(place.layout.freeze, content, "0600")], true)),
    );
    world.answer?.give(
      { type: "lock", hosts: surveys.map((each) => ({ host: hostOf(each), message: describeFreeze(freeze) })) },
      { unreachable: unreachable(away, config.stage) },
    );
    world.stdout.write(
      `Locked: ${surveys.map((each) => hostOf(each)).join(", ")}. To unlock: ${programOf(world.env)} unlock ${config.stage}\n`,
    );
    return leftOut("Not locked", away, config.stage, world);
  });
}

/** Which hosts are as they were, and why. */
function leftOut(what: string, away: readonly Away[], stage: string, world: World): ExitCode {
  if (away.length > 0) world.stdout.write(`${what}: ${away.map(({ host }) => host).join(", ")}.\n`);
  return sayAway(away, stage, world);
}

/** `bgdeploy unlock`: says whose lock it was. A host that is not reached keeps nobody from unlocking the others. */
export async function unlock(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  return await lookPartly(config, world, async (surveys, away) => {
    const locked = surveys.filter(({ facts }) => facts.lock.freeze !== undefined);
    refuseUntrusted(locked, config.stage);
    await Promise.all(
      locked.map(({ place }) => place.connected.session.run([shell("unlock", sh`rm -f ${place.layout.freeze}`)], true)),
    );
    const hosts = locked.map((each) => ({
      host: hostOf(each),
      message: describeFreeze(parseFreeze(each.facts.lock.freeze ?? "")),
    }));
    world.answer?.give({ type: "unlock", hosts }, { unreachable: unreachable(away, config.stage) });
    const was = hosts.map(({ host, message }) => `${host}: unlocked; it was locked by ${printable(message)}\n`);
    const none = away.length === 0 ? "No host was locked by hand.\n" : "No host that was reached was locked by hand.\n";
    world.stdout.write(was.length === 0 ? none : was.join(""));
    return leftOut("Not checked", away, config.stage, world);
  });
}
