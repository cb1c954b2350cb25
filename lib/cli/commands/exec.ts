import type { ExitCode } from "../../errors.ts";
import { quote } from "../../model/shell.ts";
import { alignColumns } from "../../plan/table.ts";
import type { StreamEnd } from "../../remote/stream.ts";
import type { Intent } from "../intent.ts";
import { countOf } from "../quantity.ts";
import { loadStage } from "../stage.ts";
import type { Streaming } from "../streams.ts";
import { withStreams } from "../streams.ts";
import type { World } from "../world.ts";

/** `bgdeploy exec`: a command on all hosts, its output as it comes, and how it ended on each. */
export async function exec(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const parallel = countOf(intent, "parallel") ?? Infinity;
  const text = commandText(intent.command ?? []);
  return withStreams(config, world, async (streaming) => {
    const ends = new Map<string, StreamEnd>();
    const open = streaming.places.values();
    const worker = async (): Promise<void> => {
      for (const place of open) {
        if (streaming.interrupted.aborted) return;
        const end = await runOn(place, text, streaming);
        if (end === undefined) return;
        ends.set(place.connected.session.host, end);
      }
    };
    await Promise.all(Array.from({ length: Math.min(parallel, streaming.places.length) }, worker));
    if (streaming.interrupted.aborted) return undefined;
    for (const [host, end] of ends) {
      world.json?.tell({ type: "exec-ended", host, status: end.kind === "lost" ? null : end.status });
    }
    const rows = [...ends].map(([host, end]) => [host, end.kind === "lost" ? "lost" : `exit ${end.status}`]);
    world.stderr.write(`${alignColumns(rows).join("\n")}\n`);
    for (const end of ends.values()) if (end.kind === "lost") streaming.complain(end.problem);
    const isDone = [...ends.values()].every((end) => end.kind === "exited" && end.status === 0);
    return isDone ? undefined : "failed";
  });
}

/** One word is a line for the shell, with its pipes and variables; several are a program and its arguments, as they are. */
export function commandText(words: readonly string[]): string {
  const [first = ""] = words;
  const line = words.length === 1 ? first : words.map((word) => quote(word)).join(" ");
  return `{ ${line}\n} 2>&1`;
}

/** How the command ended on a host; `undefined` when nobody reads what it prints. */
async function runOn(
  place: Streaming["places"][number],
  text: string,
  streaming: Streaming,
): Promise<StreamEnd | undefined> {
  const stream = streaming.open(place, text);
  for await (const lines of stream.lines) {
    if (!(await streaming.print(stream.host, lines))) return undefined;
  }
  return stream.end;
}
