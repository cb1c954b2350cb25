import type { UploadCommand } from "../model/command.ts";
import { rawLine, sh } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import type { Arrival } from "./arrival.ts";
import type { Connected } from "./connect.ts";
import { holdLine, holdingRsync, uploadName } from "../model/hold.ts";
import type { Sending, Sent } from "./rsync.ts";
import { ownershipOf, rsyncWords, runRsync } from "./rsync.ts";
import { choices, ownVersion } from "./rsync-choices.ts";
import { asFound, canSkipWalk, lookForLinks } from "./rsync-links.ts";
import type { Ran } from "./session.ts";

/** Who hears of an upload. */
export type UploadEar = {
  readonly began: (command: UploadCommand) => void;
  readonly progress: (sending: Sending) => void;
};

/** For what it is sent, and by which run; `cut` ends it. */
export type Purpose = { readonly target: Target; readonly run: string; readonly cut?: AbortSignal | undefined };

/** Sends a release: by the channel that stands open for it, else by one of its own. */
export async function upload(
  { session, channel, standby }: Connected,
  command: UploadCommand,
  { target, run, cut }: Purpose,
  progress: UploadEar["progress"],
): Promise<Sent> {
  const { host } = session;
  const there = standby?.rsync() ?? "";
  const agreed = choices(standby ? await ownVersion() : "", there, isSlow({ session, standby }));
  const through = standby?.isOpen() === true ? standby : undefined;
  const owner = ownershipOf(target);
  const shares = command.log !== undefined && command.against.length > 0;
  const looks = through !== undefined && shares && !owner.asRoot && canSkipWalk(there);
  const { layout } = target;
  const hold = holdLine({ layout, run, what: uploadName });
  const { meanwhile, lastly } = looks ? lookForLinks(command) : { meanwhile: rawLine(""), lastly: rawLine("") };
  const shell = through?.shell(command.log, { meanwhile, lastly: sh`${hold}; ${lastly}` }) ?? ["ssh", ...channel];
  const remote = through === undefined ? [`--rsync-path=${holdingRsync(layout)}`] : looks ? [asFound] : [];
  const more = [...agreed, ...remote];
  return runRsync(host, rsyncWords(command, host, shell, owner, more), progress, {
    patience: () => session.patience(),
    through,
    cut,
  });
}

/** An upload that has begun before its turn, until it is `due`. With `arrival` the host can go on by itself. */
export type Early = { readonly arrival: Arrival | undefined; readonly due: () => void; readonly sent: Promise<Sent> };

/** Begins an upload while the host is still making ready for it, where the channel for it is open. */
export function uploadEarly(
  connected: Connected,
  command: UploadCommand,
  purpose: Purpose,
  ear: UploadEar,
): Early | undefined {
  const { session, standby } = connected;
  if (command.log === undefined || standby?.isOpen() !== true) return undefined;
  let isDue = false;
  const sent = upload(connected, command, purpose, (sending) => {
    if (isDue) ear.progress(sending);
  });
  // The host would go on waiting for what does not come.
  sent.catch(() => standby.close()).finally(() => session.rouse());
  const due = (): void => {
    if (!isDue) ear.began(command);
    isDue = true;
  };
  return { arrival: standby.arrival(command.log, isSlow(connected)), due, sent };
}

/**
 * The host's word counts: where its rsync has ended well, all is there, and it has gone on with what stands `behind`. Where it
 * has not, it may be that it cannot tell (its disk is full, say): then ours counts.
 */
export async function haveArrived(
  sent: Promise<Sent>,
  behind: Promise<Ran>,
): Promise<Sent & { readonly wentOn: boolean }> {
  const [sending, going] = await Promise.allSettled([sent, behind]);
  if (going.status === "rejected") throw going.reason;
  const wentOn = going.value === "done";
  if (sending.status === "fulfilled") return { ...sending.value, wentOn };
  if (!wentOn) throw sending.reason;
  return { bytes: 0, wentOn };
}

function isSlow({ session, standby }: Pick<Connected, "session" | "standby">): boolean {
  return session.isSlow() || standby?.isSlow() === true;
}
