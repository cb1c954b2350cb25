import { statfsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join as joinPath } from "node:path";
import { sshName } from "../../config/host-name.ts";
import { checkDist } from "../../config/dist.ts";
import { hashTree } from "../../config/tree.ts";
import type { Config, ConfiguredHost } from "../../config/resolved.ts";
import { didYouMean } from "../../config/suggest.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError } from "../../errors.ts";
import { liveState } from "../../model/live.ts";
import type { Release } from "../../model/release.ts";
import { parseReleaseId } from "../../model/release.ts";
import { makeOwnDirectory } from "../../remote/own-directory.ts";
import { fetchWords, runRsync } from "../../remote/rsync.ts";
import type { Survey } from "../../remote/survey.ts";
import type { RecordedTree } from "../../run/tree.ts";
import { askTree, parseTree } from "../../run/tree.ts";
import { conduct } from "../conduct.ts";
import type { Intent } from "../intent.ts";
import { hostOf, look } from "../look.ts";
import { preparePlan, withWarnings } from "../prepare.ts";
import { preview } from "../preview.ts";
import { requireRsync } from "../programs.ts";
import { linkMode, loadStage } from "../stage.ts";
import type { World } from "../world.ts";

/** Bytes that stay free on this machine; of a small disk a twentieth. */
const leastFree = 500_000_000;

type Hosts = Config["hosts"];

/** `bgdeploy run --join`: hosts that were away get the release that is live on the others, byte for byte. */
export async function join(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "needed");
  const { joining, others } = splitHosts(config, intent.values["join"] ?? []);
  await requireRsync(world);
  const own = await makeOwnDirectory(world.temporary, "join-");
  const directory = joinPath(own.path, "release");
  try {
    await mkdir(directory);
    const { release, recorded } = await look({ ...config, hosts: others }, world, async (surveys) => {
      const live = commonRelease(surveys);
      const [first] = surveys;
      if (first) await bring(first, live, directory);
      return { release: live, recorded: await Promise.all(surveys.map((each) => recordedOf(each, live))) };
    });
    const sum = await hashTree(directory);
    const unchecked = uncheckedReason(release, sum, recorded);
    const hosts = mapHosts(joining, (each) => ({ ...each, app: { ...each.app, dist: directory } }));
    // What was followed are files there.
    const dist = await checkDist(hosts[0].app, linkMode(config) === "keep" ? "keep" : undefined);
    const here = { ...config, hosts };
    const plan = (surveys: readonly Survey[]): ReturnType<typeof preparePlan> => {
      refusePresent(surveys, release);
      const made = preparePlan(here, { release, dist, copy: true, tree: { start: () => {}, sum: () => sum } }, surveys);
      const warnings = unchecked === undefined ? [] : joining.map(({ host }) => ({ host: host.name, text: unchecked }));
      return withWarnings(made, warnings, config.stage);
    };
    if (intent.switches.has("dry-run")) return await preview(here, intent, world, plan);
    return await conduct({ config: here, action: "run", purpose: release.id, plan }, intent, world);
  } finally {
    await own.remove();
  }
}

function splitHosts(config: Config, words: readonly string[]): { readonly joining: Hosts; readonly others: Hosts } {
  const names = config.hosts.map(({ host }) => host.name);
  const wanted = words.map((word) => sshName(word));
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      unknown.map((name) => `--join ${name}: no such host in stage "${config.stage}".${didYouMean(name, names)}`),
    );
  }
  const [first, ...rest] = config.hosts.filter(({ host }) => wanted.includes(host.name));
  const [other, ...otherRest] = config.hosts.filter(({ host }) => !wanted.includes(host.name));
  if (!first || !other)
    throw new UserError(`--join leaves no other host of stage "${config.stage}" to take the release from`);
  return { joining: [first, ...rest], others: [other, ...otherRest] };
}

/** The release that is live on all of them. */
function commonRelease(surveys: readonly Survey[]): Release {
  const live = surveys.map((each) => {
    const state = liveState(each.facts, each.place.app.ports);
    return { host: hostOf(each), id: state.kind === "live" ? each.facts.links[state.live] : undefined };
  });
  const ids = new Set(live.map(({ id }) => id));
  const release = parseReleaseId(live[0]?.id ?? "");
  if (ids.size === 1 && release) return release;
  throw new UserError(
    `the other hosts do not all serve the same release: ${live.map(({ host, id }) => `${host} serves ${id ?? "nothing"}`).join(", ")}`,
  );
}

async function bring({ place }: Survey, release: Release, directory: string): Promise<void> {
  const { connected, layout } = place;
  const { session } = connected;
  const { host } = session;
  let isFull = false;
  // A host may send without an end.
  const looking = setInterval(() => {
    const { bavail, bsize, blocks } = statfsSync(directory);
    isFull ||= bavail * bsize < Math.min(leastFree, (blocks * bsize) / 20);
    if (isFull) session.kill();
  }, 1000);
  const words = fetchWords(host, layout.release(release.id), directory, ["ssh", ...connected.channel]);
  try {
    await runRsync(host, words, () => {}, { patience: () => session.patience() });
  } catch (error) {
    if (!isFull) throw error;
    const sentence = `${host}: not enough space for its release in ${dirname(dirname(directory))} on this machine. Free some, or set TMPDIR to a larger directory`;
    throw new UserError(sentence, { cause: error });
  } finally {
    clearInterval(looking);
  }
}

type Recorded = RecordedTree & { readonly host: string };

async function recordedOf(survey: Survey, { id }: Release): Promise<Recorded> {
  const { connected, layout } = survey.place;
  return { host: hostOf(survey), ...parseTree(await connected.session.evaluate(askTree(layout, id))) };
}

/**
 * Why a copy may not be what was released, where that cannot be told. Throws a `UserError` where a host's record, which only
 * root or the ssh user can have written, says that it is not.
 */
function uncheckedReason({ id }: Release, sum: string, recorded: readonly Recorded[]): string | undefined {
  const [source] = recorded;
  const untrusted = recorded.filter((each) => each.untrusted !== undefined);
  if (untrusted.length > 0)
    throw new UserError(
      untrusted.map(({ host, untrusted: why }) => `${host}: ${why}, so its record of ${id} cannot be trusted`),
    );
  const others = recorded.filter((each) => each.sum !== undefined && each.sum !== sum);
  if (others.length > 0) {
    throw new UserError([
      `${source?.host}: the files of ${id} differ from what was released: their checksum is ${sum.slice(0, 12)}…, and ${others.map((each) => `${each.host} has recorded ${each.sum?.slice(0, 12)}…`).join(", ")}`,
      "Someone, or a hook, has changed them there. Nothing was copied. Deploy to all hosts instead: bgdeploy run <stage>",
    ]);
  }
  if (recorded.some((each) => each.sum === sum)) return undefined;
  return `no checksum was recorded for the files of ${id}, which an earlier bgdeploy released, so bgdeploy cannot check that they are unchanged on ${source?.host}`;
}

/** A host that has the release needs no copy. */
function refusePresent(surveys: readonly Survey[], { id }: Release): void {
  const present = surveys
    .filter(({ facts }) => facts.releases.some((each) => each.id === id))
    .map((each) => hostOf(each));
  if (present.length === 0) return;
  throw new UserError(
    present.map(
      (host) =>
        `${host}: already has ${id}. If it is not live there: bgdeploy rollback <stage> --only ${host} --to ${id}`,
    ),
  );
}

function mapHosts([first, ...rest]: Hosts, change: (host: ConfiguredHost) => ConfiguredHost): Hosts {
  return [change(first), ...rest.map((each) => change(each))];
}
