import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
// oxlint-disable no-underscore-dangle -- what Node calls it

/** Is there room for more output? `undefined` says so; else it gives what ends when there is again. */
export type Room = () => Promise<void> | undefined;

/**
 * Reads what a process prints only while there is room: else its pipe fills up, and it waits. What is left of one that has
 * ended is little, and is read at once, so that a run which was interrupted ends though nobody reads.
 *
 * `pause()` would not do: it holds up no stream that is iterated over, as zx's `for await` does. Every stream stops where
 * `push` says that it is full, until `_read` goes on (https://nodejs.org/api/stream.html#readable_readsize).
 */
export function keepPace<Child extends ChildProcess>(child: Child, room: Room): Child {
  let isOver = false;
  child.once("exit", () => (isOver = true));
  const roomNow: Room = () => (isOver ? undefined : room());
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    const read = holdUp(stream, roomNow);
    child.once("exit", read);
  }
  return child;
}

/** Gives what reads on, room or not. */
function holdUp(stream: Readable, room: Room): () => void {
  const push = stream.push.bind(stream);
  const read = stream._read.bind(stream);
  stream.push = (chunk, encoding) => push(chunk, encoding) && room() === undefined;
  stream._read = (size) => {
    const wait = room();
    if (wait === undefined) read(size);
    else void wait.then(() => read(size));
  };
  return () => read(0);
}
