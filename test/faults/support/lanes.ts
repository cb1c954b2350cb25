import type { Lane } from "./lane.ts";
import type { Result, Trial } from "./trial.ts";

/** Runs trials on several lanes at once; each takes the next one while `goesOn`. `heard` is told of each result. */
export async function runTrials(
  lanes: readonly Lane[],
  trials: readonly Trial[],
  goesOn: (left: number) => boolean,
  heard: (result: Result) => void,
): Promise<readonly Result[]> {
  const left = [...trials];
  const results: Result[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      while (goesOn(left.length)) {
        const trial = left.shift();
        if (trial === undefined) return;
        const result = await lane.run(trial);
        results.push(result);
        heard(result);
      }
    }),
  );
  return results;
}
