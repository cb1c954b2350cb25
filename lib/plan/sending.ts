import { showBytes } from "../model/bytes.ts";

/** How far an upload is, as people read it: `42 %, 12.3 MB, 310 files`. */
export function showSending(sending: {
  readonly percent: number | undefined;
  readonly bytes: number;
  readonly files: number;
}): string {
  const { percent, bytes, files } = sending;
  const sent = [
    ...(percent === undefined ? [] : [`${percent} %`]),
    ...(bytes === 0 ? [] : [showBytes(bytes)]),
    ...(files === 0 ? [] : [`${files} file${files === 1 ? "" : "s"}`]),
  ];
  return sent.length === 0 ? showBytes(0) : sent.join(", ");
}
