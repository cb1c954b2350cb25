import { UserError } from "../errors.ts";
import { showBytes } from "../model/bytes.ts";

type Chunk = string | Buffer;

/** What a command has printed on one stream, as zx looks at it: whole, in pieces, or only at the last piece. */
export type Chunks = {
  push(...added: readonly Chunk[]): number;
  join(separator?: string): string;
  reduce<T>(add: (all: T, chunk: Chunk, index: number, chunks: Chunk[]) => T, first: T): T;
  [Symbol.iterator](): Iterator<Chunk>;
  readonly length: number;
  readonly 0: Chunk | undefined;
};

export type KeptOutput = { readonly stdout: Chunks; readonly stderr: Chunks; readonly stdall: Chunks };

/** Bytes. A stream of at most `most` is kept whole; of a longer one only some `end`. */
export type Limits = { readonly most: number; readonly end: number };

/** Bytes of memory that a piece costs beside its own. */
const overhead = 200;

/**
 * What zx keeps of a hook's command for whoever reads its output afterwards. By itself it keeps all, and a command may
 * print gigabytes.
 *
 * Of what was too much, half would look like all: who asks for it as a text is told how to read it instead. Errors and
 * `lines()` have its end.
 */
export function keptOutput(limits: Limits = { most: 16_000_000, end: 64 * 1024 }): KeptOutput {
  return {
    stdout: chunksOf(limits, { text: refuse, pieces: refuse }),
    stderr: chunksOf(limits, { text: showEnd, pieces: showEnd }),
    stdall: chunksOf(limits, { text: refuse, pieces: showEnd }),
  };
}

type Read = (chunks: readonly Chunk[], limits: Limits) => readonly Chunk[];

function refuse(_: readonly Chunk[], { most }: Limits): never {
  throw new UserError(
    `The command printed more than ${showBytes(most)}, too much to keep. Read it line by line, for await (const line of $\`…\`), or send it to a file: $\`…\`.pipe("file")`,
  );
}

function showEnd(chunks: readonly Chunk[], { most }: Limits): readonly Chunk[] {
  return [`[more than ${showBytes(most)}; this is the end]\n`, ...chunks];
}

function chunksOf(limits: Limits, tooMuch: { readonly text: Read; readonly pieces: Read }): Chunks {
  let chunks: Chunk[] = [];
  let size = 0;
  let isCut = false;

  function add(chunk: Chunk): void {
    chunks.push(chunk);
    size += sizeOf(chunk);
    if (size <= (isCut ? 2 * limits.end : limits.most)) return;
    isCut = true;
    let gone = 0;
    for (const each of chunks) {
      if (size - sizeOf(each) < limits.end) break;
      size -= sizeOf(each);
      gone += 1;
    }
    chunks = chunks.slice(gone);
  }

  const read = (how: Read): readonly Chunk[] => (isCut ? how(chunks, limits) : chunks);
  return {
    push(...added) {
      for (const each of added) add(each);
      return chunks.length;
    },
    join: (separator) => read(tooMuch.text).join(separator),
    reduce: (fold, first) => read(tooMuch.text).reduce((all, each, index) => fold(all, each, index, chunks), first),
    [Symbol.iterator]: () => read(tooMuch.pieces)[Symbol.iterator](),
    get length() {
      return Math.min(chunks.length, 1);
    },
    get 0() {
      return chunks.at(-1);
    },
  };
}

function sizeOf(chunk: Chunk): number {
  return chunk.length + overhead;
}
