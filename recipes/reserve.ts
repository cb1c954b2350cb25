import type { Command, Layout } from "../lib/index.ts";
import { sh, shell } from "../lib/index.ts";

/** Keeps a little room on the disk that only an undo uses: on a full one it could not write the former files back. */
export function keepReserve(layout: Layout): Command {
  const file = reserve(layout);
  return shell("keep some room for an undo", sh`[ -s ${file} ] || head -c 131072 /dev/zero >${file}`, { simple: true });
}

/** What an undo that writes begins with. */
export function freeReserve(layout: Layout): Command {
  return shell("free the room that was kept", sh`rm -f ${reserve(layout)}`);
}

function reserve({ state }: Layout): string {
  return `${state}/reserve`;
}
