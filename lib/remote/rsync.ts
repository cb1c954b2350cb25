import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { RemoteError, UserError } from "../errors.ts";
import type { UploadCommand } from "../model/command.ts";
import { sentMark } from "../model/command.ts";
import { quote } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import { killGroup } from "./group.ts";
import { sessionRefused } from "./session-refused.ts";

/** How the files' owner is set: root gives them away, others can only set a group that they are in. */
export type Ownership = {
  readonly asRoot: boolean;
  readonly user: string;
  readonly group: string;
  /** The group may write, too. */
  readonly writable?: boolean;
};

export function ownershipOf({ app, facts, owner }: Target): Ownership {
  return { asRoot: facts.sudo.kind === "root", user: owner, group: app.group, writable: app.writable };
}

/** What an upload came to. */
export type Sent = { readonly bytes: number };

/** How far a transfer is: the percentage of the whole where that is known, and the bytes and files that were sent. */
export type Sending = { readonly percent: number | undefined; readonly bytes: number; readonly files: number };

/**
 * The words of rsync(1) that make any directory into a release.
 *
 * `-c` compares content, since a checkout has fresh times everywhere; `--whole-file` and an absolute `--link-dest`,
 * since patched receivers fail with a delta against it (RsyncProject/rsync#928). Set-id bits are dropped, and the
 * service's user, who owns nothing here, may read.
 */
export function releaseWords(
  { against, keepTimes }: Pick<UploadCommand, "against" | "keepTimes">,
  owner: Ownership,
): readonly string[] {
  const give = owner.asRoot ? ["-o", "-g", `--chown=${owner.user}:${owner.group}`] : ["-g", `--chown=:${owner.group}`];
  return [
    "-rlpc",
    ...(keepTimes ? ["-t"] : []),
    "--whole-file",
    owner.writable ? "--chmod=ug-s,ug+rwX,o+rX,o-w" : "--chmod=ug-s,u+rwX,go+rX,go-w",
    ...give,
    ...against.map((path) => `--link-dest=${path}`),
  ];
}

/** The words of rsync(1) for one upload. `more`: for this line. */
export function rsyncWords(
  command: UploadCommand,
  host: string,
  shell: readonly string[],
  owner: Ownership,
  more: readonly string[] = [],
): readonly string[] {
  return [
    ...releaseWords(command, owner),
    ...(command.links === "follow" ? ["--copy-unsafe-links"] : []),
    ...more,
    // Without blanks: older ones give these words to the host's shell as they are.
    ...(command.log === undefined ? [] : [`-M--log-file=${command.log}`, `-M--log-file-format=${sentMark}%n`]),
    "--no-human-readable",
    "--info=stats1,progress2",
    // Else what it starts in place of ssh cannot write where rsync, busy with a directory of many files, does not read at once.
    "--blocking-io",
    `--rsh=${shell.map((word) => rshWord(word)).join(" ")}`,
    "--",
    `${command.from}/`,
    `${rsyncHost(host)}:${command.partial}/`,
  ];
}

/** rsync ends the host at the first colon (rsync(1)). */
function rsyncHost(host: string): string {
  const at = host.lastIndexOf("@") + 1;
  return host.includes(":") ? `${host.slice(0, at)}[${host.slice(at)}]` : host;
}

/** The words of rsync(1) to bring a directory of a host here, with its times. */
export function fetchWords(host: string, from: string, to: string, shell: readonly string[]): readonly string[] {
  return [
    "-rlpt",
    "--no-human-readable",
    // That it goes on must be seen.
    "--info=stats1,progress2",
    `--rsh=${shell.map((word) => rshWord(word)).join(" ")}`,
    "--",
    `${rsyncHost(host)}:${from}/`,
    `${to}/`,
  ];
}

/** What starts rsync with a channel that may end before it, or after. */
export type Through = {
  run(words: readonly string[]): ChildProcess;
  readonly ended: Promise<void>;
  complaints(): string;
  close(): void;
};

/** Seconds that a host may let rsync wait. */
export const usualPatience = 600;

/** `patience`: seconds that a host may let it wait, just now. `through`: what stands behind its `--rsh`, where that is no ssh of its own. `cut` ends it. */
export type Transfer = {
  readonly patience?: () => number;
  readonly through?: Through | undefined;
  readonly cut?: AbortSignal | undefined;
};

/** Milliseconds that rsync and its channel get to end when the other one has. */
const grace = 1000;

/**
 * Runs rsync. `progress` hears how far it is. Rejects with a `RemoteError`, also where the host lets it wait for too long.
 */
export function runRsync(
  host: string,
  words: readonly string[],
  progress: (sending: Sending) => void,
  { patience = () => usualPatience, through, cut }: Transfer = {},
): Promise<Sent> {
  const { promise, resolve, reject } = Promise.withResolvers<Sent>();
  const child = through?.run(words) ?? startRsync(words);
  let bytes = 0;
  let stderr = "";
  let before: Sending = { percent: 0, bytes: 0, files: 0 };
  let silent = 0;
  let isClosed = false;
  const stop = (why: string): void => {
    // The id of a group that is gone may be another one's.
    if (child.pid === undefined || isClosed) return;
    stderr += `bgdeploy: ${why}\n`;
    killGroup(child.pid);
    through?.close();
  };
  const isCut = (): void => stop("interrupted");
  if (cut?.aborted) isCut();
  cut?.addEventListener("abort", isCut);
  const counting = setInterval(() => {
    silent += 1;
    if (silent < patience() || child.pid === undefined) return;
    clearInterval(counting);
    stop(`the host sent rsync nothing for ${silent} s`);
  }, 1000);
  counting.unref();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    silent = 0;
    const sending = readProgress(text, before);
    if (sending !== before) progress((before = sending));
    const sent = /sent (\d{1,20}) bytes/.exec(text)?.[1];
    if (sent !== undefined) bytes = Number(sent);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-8192);
  });
  child.on("error", (error) => reject(failure(host, words, 127, error.message)));
  // Its channel may hold a further pipe open for longer.
  const streams = [child.stdout, child.stderr].flatMap((each) => (each ? [once(each, "close")] : []));
  void Promise.all([once(child, "exit"), ...streams]).then(() => {
    isClosed = true;
    cut?.removeEventListener("abort", isCut);
    clearInterval(counting);
    if (child.exitCode === 0) resolve({ bytes });
    else if (cut?.aborted) reject(new UserError("the upload was stopped because the run was interrupted"));
    else reject(failure(host, words, child.exitCode ?? 1, `${through?.complaints() ?? ""}${stderr}`));
  }, reject);
  // What rsync started in place of ssh may wait for an end of the channel that is gone, and keep our ends open.
  const endAll = (): void => {
    const { pid } = child;
    // The id of a group that is gone may be another one's.
    if (pid === undefined || isClosed) return;
    const late = setTimeout(() => killGroup(pid), grace);
    void promise.finally(() => clearTimeout(late)).catch(() => {});
  };
  if (through) void through.ended.then(endAll);
  child.on("exit", (status) => {
    if (status === 0) return;
    endAll();
    if (through) setTimeout(() => through.close(), grace / 2).unref();
  });
  return promise;
}

/** In a group of its own: a Ctrl-C at the terminal must not cut an upload that is to be undone in order. */
function startRsync(words: readonly string[]): ChildProcess {
  return spawn("rsync", words, { stdio: ["ignore", "pipe", "pipe"], detached: true });
}

/**
 * Reads what `--info=progress2` says, for example `1238099  12%  146.38kB/s  0:00:08 (xfr#5, to-chk=169/396)`.
 *
 * Its percentage is of the bytes of all files, also of those that are shared and so never sent; the files that are still to be
 * looked at tell more then, once all are known (`to-chk`; `ir-chk` before). The part in parentheses comes at the end of a file.
 */
export function readProgress(text: string, before: Sending): Sending {
  let { percent, bytes, files } = before;
  const all = text.matchAll(progressPattern);
  for (const [, sent, share, sentFiles, kind, left, total] of all) {
    // A number that the border of two pieces cut reads smaller.
    bytes = Math.max(bytes, Number(sent?.replaceAll(",", "")));
    // Directories are looked at before their turn, which is said beside a count that is known.
    const isTurn = kind === "to" && Number(sentFiles) > files;
    if (sentFiles !== undefined) files = Math.max(files, Number(sentFiles));
    const looked = isTurn ? Math.floor((100 * (Number(total) - Number(left))) / Number(total)) : 0;
    percent = Math.max(percent ?? 0, Number(share), looked);
  }
  const isSame = percent === before.percent && bytes === before.bytes && files === before.files;
  return isSame ? before : { percent, bytes, files };
}

/** Each part has a length, since a search that begins anew at each digit of a megabyte of them never ends. */
const progressPattern =
  /(?<![\d,])([\d,]{1,30})\s{1,9}(\d{1,3})%\s{1,9}\S{1,20}\s{1,9}\d{1,9}:\d\d:\d\d(?:\s{1,9}\(xfr#(\d{1,12}), (to|ir)-chk=(\d{1,12})\/(\d{1,12})\))?/g;

function failure(host: string, words: readonly string[], status: number, output: string): Error {
  const refused = sessionRefused(host, output);
  if (refused) return refused;
  const line = ["rsync", ...words].map((word) => quote(word)).join(" ");
  return new RemoteError({ host, title: "upload", line, status, output });
}

/** rsync splits `--rsh` by itself: within single quotes, two of them stand for one (rsync(1)). */
function rshWord(word: string): string {
  return /^[^\s'"]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
}
