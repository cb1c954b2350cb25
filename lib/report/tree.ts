import { printable } from "../model/printable.ts";
import { warningLines } from "../plan/explain.ts";
import { listHosts } from "../plan/host-list.ts";
import { changeLines } from "../plan/title.ts";
import type { Warning } from "../plan/warning.ts";
import { makePaint } from "./paint.ts";
import { isFromUser } from "./plain.ts";
import type { Advice, Reporter, Screen } from "./reporter.ts";
import { summary } from "./summary.ts";
import { wholeLines } from "./whole-lines.ts";

/** The most lines of output kept of one task on one host; earlier ones make room. */
const mostKept = 200;

/** The most characters of them. */
const mostCharacters = 256_000;

type Kept = {
  readonly host: string;
  readonly task: string;
  readonly lines: readonly string[];
  readonly dropped: number;
};

/**
 * For a terminal on which listr2 draws. What is known before it begins stands above its tree; while it draws nothing else may
 * be written, so later warnings and the output of hooks are kept, and printed with the summary when the tree has ended.
 */
export function treeReporter(screen: Screen, advice: Advice): Reporter {
  const running = new Map<string, string>();
  const warnings: Warning[] = [];
  const outputs = new Map<string, Kept>();
  const hosts = new Set<string>();
  const paint = makePaint(screen.color);

  const lines = wholeLines((event) => {
    if (event.type === "connecting") {
      for (const host of event.hosts) hosts.add(host);
      screen.write(paint("dim", `Connecting to ${listHosts(event.hosts, event.hosts)} …\n`));
    }
    if (event.type === "warning") warnings.push(event.warning);
    if (event.type === "planned") {
      const known = warningLines(warnings.splice(0), [...hosts]).map((line) => paint("yellow", line));
      screen.write(`${[...known, ...changeLines(event.plan.targets)].join("\n")}\n\n`);
    }
    if (event.type === "command") running.set(`${event.host} ${event.task}`, event.text);
    // That a host is waited for is drawn while that is so.
    if (event.type === "output" && event.task !== "connect" && isFromUser(event, running)) {
      const key = `${event.host} ${event.task}`;
      outputs.set(key, keep(outputs.get(key) ?? { ...event, lines: [], dropped: 0 }, event.text));
    }
  });

  return {
    on: (event) => lines.on(event),
    end(outcome) {
      lines.end();
      const kept = [
        ...warningLines(warnings, [...hosts]).map((line) => paint("yellow", line)),
        ...outputLines([...outputs.values()], [...hosts]),
      ];
      screen.write(kept.length === 0 ? "\n" : `\n${kept.join("\n")}\n\n`);
      screen.write(summary(outcome, { ...advice, color: screen.color, columns: screen.columns }));
    },
  };
}

function keep(before: Kept, text: string): Kept {
  const lines = [...before.lines, ...printable(text).replace(/\n$/, "").split("\n")];
  let room = mostCharacters;
  const first = lines.findLastIndex((line) => (room -= line.length) < 0) + 1;
  const dropped = Math.min(lines.length - 1, Math.max(first, lines.length - mostKept));
  return { host: before.host, task: before.task, lines: lines.slice(dropped), dropped: before.dropped + dropped };
}

/** Hosts that said the same share it. */
function outputLines(outputs: readonly Kept[], hosts: readonly string[]): readonly string[] {
  const groups = Map.groupBy(outputs, ({ task, lines, dropped }) => JSON.stringify([task, lines, dropped]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const same = new Set(group.map((each) => each.host));
    const names = listHosts(
      [...new Set([...hosts, ...same])].filter((host) => same.has(host)),
      hosts,
    );
    const dropped = first.dropped === 0 ? [] : [`  … ${first.dropped} earlier lines`];
    return [`${names}  ${first.task}`, ...dropped, ...first.lines.map((line) => `  ${line}`)];
  });
}
