import { loadConfig, loadStages } from "../../config/load.ts";
import type { Config } from "../../config/resolved.ts";
import { parseReleaseId } from "../../model/release.ts";
import { sh } from "../../model/shell.ts";
import { printable } from "../../model/printable.ts";
import { verbs } from "../verbs.ts";
import type { World } from "../world.ts";
import type { Question } from "./question.ts";
import { readLine } from "./question.ts";

/** Milliseconds that hosts may take to tell their releases: somebody waits at the keyboard. */
const patience = 3000;

/** Of how many hosts the releases are asked. */
const asked = 3;

/** What the scripts of `bgdeploy completion` call: a candidate a line, after a tab what it means; `:files` for the shell's own. */
export async function complete(line: readonly string[], world: World): Promise<void> {
  const question = readLine(line, verbs);
  const { ask, typed, before } = question;
  if (ask === "files") {
    world.stdout.write(":files\n");
    return;
  }
  // A config that is broken, or not ours, completes to nothing; the command itself will say why.
  const words = ask === undefined ? question.words : await tell(ask, question, world).catch(() => []);
  const fitting = words.filter(([word]) => word.startsWith(typed) && printable(word) === word);
  world.stdout.write(fitting.map(([word, help]) => `${before}${word}${help === "" ? "" : `\t${help}`}\n`).join(""));
}

async function tell(
  ask: "stages" | "hosts" | "roles" | "releases",
  { stage, config: file }: Question,
  world: World,
): Promise<Question["words"]> {
  const place = { cwd: world.cwd, env: world.env, home: world.home, file, checksNamed: true };
  if (ask === "stages") return plain(await loadStages(place));
  const [only = "", ...more] = stage === undefined ? await loadStages(place) : [stage];
  if (more.length > 0) return [];
  const config = await loadConfig({ ...place, stage: only, secrets: "optional" });
  if (ask === "hosts") return plain(config.hosts.map(({ host }) => host.name));
  if (ask === "roles") return plain([...new Set(config.hosts.flatMap(({ host }) => host.roles))]);
  return plain(await releasesOf(config, world));
}

function plain(words: readonly string[]): Question["words"] {
  return words.map((word) => [word, ""]);
}

/** The releases of the first hosts, newest first: as far as they can be told without a question, and soon. */
async function releasesOf({ hosts: [first, ...others], ...config }: Config, world: World): Promise<readonly string[]> {
  const { connectFleet } = await import("../fleet.ts");
  const over = new AbortController();
  const late = world.wait(patience, over.signal);
  const hurried: World = {
    ...world,
    interactive: false,
    onSignal(heard) {
      let isHeard = true;
      void late.then(() => (isHeard ? heard("time-out") : undefined));
      return () => (isHeard = false);
    },
  };
  const few: Config["hosts"] = [first, ...others.slice(0, asked - 1)];
  try {
    const fleet = await connectFleet({ ...config, hosts: few }, hurried, { missing: () => {} });
    const stop = hurried.onSignal(() => fleet.kill());
    try {
      const lists = await Promise.all(
        fleet.places.map(({ connected, layout }) =>
          connected.session.evaluate(sh`ls -1 ${layout.versions} 2>/dev/null`.raw),
        ),
      );
      const ids = lists.flatMap((list) => list.split("\n")).filter((id) => parseReleaseId(id) !== undefined);
      return [...new Set(ids)].toSorted().toReversed();
    } finally {
      stop();
      await fleet.close();
    }
  } finally {
    over.abort();
  }
}
