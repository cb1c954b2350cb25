import { timestamp } from "../model/timestamp.ts";
import type { LogEntry } from "../remote/log-entry.ts";
import { parseLogEntry } from "../remote/log-entry.ts";
import type { LogPart } from "../remote/log-text.ts";
import { logText, mayNotRead } from "../remote/log-text.ts";
import type { Stream, StreamEnd } from "../remote/stream.ts";
import type { Place } from "../remote/survey.ts";
import type { Capacity } from "../report/merge.ts";
import { makeReorder, mergeByTime } from "../report/merge.ts";
import { makePaint } from "../report/paint.ts";
import { preciseStampOf } from "./stamp.ts";
import type { Streaming } from "./streams.ts";
import type { World } from "./world.ts";

/** One entry as JSON; journald cuts a message at 48 KiB, which as a list of bytes is four times as long. */
const longest = 1024 * 1024;

/** Milliseconds that a line waits for older ones of other hosts. */
const window = 250;

/** How many wait. */
const capacity: Capacity<LogEntry> = { items: 10_000, characters: 16_000_000, of: ({ text }) => text.length };

/** The log of one host. */
type Source = {
  readonly place: Place;
  readonly part: LogPart;
  readonly stream: Stream;
  readonly entries: AsyncIterable<LogEntry>;
};

type About = { readonly streaming: Streaming; readonly world: World; readonly stage: string };

export function openLog(streaming: Streaming, place: Place, part: LogPart): Source {
  const stream = streaming.open(place, logText(place.layout, part), longest);
  return { place, part, stream, entries: entriesOf(stream) };
}

/** Prints what is there already, merged; gives the hosts whose log can be followed, and where each goes on. */
export async function printPast(sources: readonly Source[], about: About): Promise<readonly Source[]> {
  const cursors = new Map<string, string>();
  for await (const entry of mergeByTime(sources.map(({ entries }) => entries))) {
    cursors.set(entry.host, entry.cursor);
    if (!(await print(entry, about))) return [];
  }
  if (about.streaming.interrupted.aborted) return [];
  const ended = await Promise.all(sources.map(async (source) => ({ source, end: await source.stream.end })));
  const good = ended.filter(({ source, end }) => isWell(source, end, about));
  return good.map(({ source }) => ({ ...source, part: { ...source.part, after: cursors.get(source.stream.host) } }));
}

/** Prints what comes, until Ctrl-C, until nobody reads, or until the last host is gone. */
export async function follow(before: readonly Source[], about: About): Promise<void> {
  const { streaming, world } = about;
  const sources = before.map(({ place, part }) => openLog(streaming, place, { ...part, follow: true }));
  const reorder = makeReorder(window, capacity);
  const over = new AbortController();
  let isRead = true;
  const flush = async (now: number): Promise<void> => {
    for (const entry of reorder.take(now)) isRead = isRead && (await print(entry, about));
    if (isRead) return;
    over.abort();
    for (const { stream } of sources) stream.stop();
  };
  const reading = sources.map(async (source) => {
    for await (const entry of source.entries) {
      reorder.push(entry, world.now());
      if (reorder.isFull) await flush(world.now());
      if (!isRead) return;
    }
    const end = await source.stream.end;
    if (isRead && !streaming.interrupted.aborted) isWell(source, end, about);
  });
  const all = Promise.all(reading).finally(() => over.abort());
  while (!over.signal.aborted) {
    await world.wait(100, over.signal);
    await flush(world.now());
  }
  await all;
  await flush(Infinity);
}

async function* entriesOf({ host, lines }: Stream): AsyncGenerator<LogEntry, void> {
  for await (const some of lines) yield* some.flatMap((line) => parseLogEntry(host, line) ?? []);
}

function print(entry: LogEntry, { streaming, world }: About): Promise<boolean> {
  if (world.json) {
    const { host, variant = null, text } = entry;
    world.json.tell({ type: "log", host, time: timestamp(entry.time / 1000), variant, text: text.trimEnd() });
    return world.stdout.drained();
  }
  const paint = makePaint(world.stdout.color);
  const time = paint("dim", preciseStampOf(entry.time));
  const variant = entry.variant === undefined ? "-    " : paint(entry.variant, entry.variant.padEnd(5));
  return streaming.print(entry.host, entry.text.trimEnd().split("\n"), `${time} ${variant} `);
}

/** Was the log read? Else says why, and how to mend it. */
function isWell({ stream: { host } }: Source, end: StreamEnd, { streaming, stage }: About): boolean {
  if (end.kind === "exited" && end.status === 0) return true;
  if (end.kind === "lost") streaming.complain(end.problem);
  else {
    const said = end.stderr.trim().split("\n").at(-1) ?? "";
    streaming.complain(
      end.status === mayNotRead
        ? `${host}: ${said} cannot read the journal. To allow it: bgdeploy setup ${stage} --as root, or on the host as root: usermod -aG systemd-journal ${said}`
        : `${host}: journalctl exited with status ${end.status}${said === "" ? "" : `: ${said}`}`,
    );
  }
  return false;
}
