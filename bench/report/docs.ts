import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Record } from "../record.ts";
import { plot } from "./plot.ts";
import { type Summary, summarize } from "./summary.ts";
import { clientCosts, ratios, roundTrips, startUps } from "./table.ts";
import { roundsText, titles } from "./words.ts";

/** Writes benchmarks.md, .svg and .json into a directory; returns their paths. */
export async function writeDocs(records: readonly Record[], directory: string): Promise<readonly string[]> {
  const summary = summarize(records);
  const files = {
    "benchmarks.md": page(summary),
    "benchmarks.svg": plot(summary),
    "benchmarks.json": `[\n${records.map((record) => JSON.stringify(record)).join(",\n")}\n]\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return Object.keys(files).map((name) => join(directory, name));
}

function page(summary: Summary): string {
  const { machine, networks, rows, runs } = summary;
  const none =
    rows.length > 0
      ? ""
      : "**Not measured yet: the tables are empty until `npm run bench` has run on a quiet machine.**\n\n";
  const about = (machine?.about ?? []).map(({ name, text }) => `- **${titles[name]}**: ${text}`);
  const missing = (machine?.missing ?? []).map(({ name, why }) => `- ${titles[name]} is missing: ${why}.`);
  const joined =
    runs > 1
      ? ` Joined from ${runs} runs, whose lines were put into one file for \`--report\`; each ratio is
within one run; machine and versions are those of the first.`
      : "";
  const rounds = roundsText(summary);
  const measured = networks.map(({ rtt, measured }) => `${rtt} ms (measured: ${measured.toFixed(1)} ms)`);
  return `# Benchmarks

How long a deploy takes, against a shell script written by hand for the same job (the _floor_) and other tools. Made by
\`npm run bench\`, which anyone with Linux and root can repeat; this page and its plot are written by it.

${none}Measured on ${machine?.date ?? "?"}: ${machine?.processors ?? "?"}, ${machine?.memory ?? "?"}, ${machine?.system ?? "?"}; ${machine?.versions.join("; ") ?? "?"}.
Client and hosts share these processors. The load average was ${machine?.load.toFixed(1) ?? "?"} when it began.${joined}

![Time over round trip time, and the time of each job as a multiple of the floor's](benchmarks.svg)

## Round trips

How many times a redeploy of one host waits for the network: the slope of its time over the round trip time (least squares
over medians, nothing changed in the release). It is what a deploy over a long line costs.

${table(roundTrips(summary))}

## Times

The floor in seconds, the others as multiples of it: the median of the ratios round by round, and in brackets their quartiles.${rounds === undefined ? "" : ` ${rounds}.`}
The large release has 1,000 files of 50 kB; every file has a fresh time, as on a CI machine. The drain is in it.

What is timed is a choice: the floor and bgdeploy everywhere; the others, which take many times as long, for their slope and at each
job once (but that of the small files), and at a redeploy of several hosts. A dash: not timed, or the tool failed there. _LAN_ is without
the relay that makes the network slow; \`--rtt 0\` measures it, and \`--jobs\` takes first, changed, same, small and rollback for the rows.

${table(ratios(summary))}

_Default settle_: bgdeploy waits until the new variant has run for a while before it moves the traffic, so that an app that
crashes late is found; the other rows do without, for all tools alike. The floor waits as long.

## The client

A redeploy with one file in 100 changed. The processor time is that of all processes on the client, ssh and rsync among them. The memory is
the most that all of them had at once, and the most of the tool's own process, which the command starts; one more redeploy was watched
for it, and not timed. Memory is the proportional set size, looked at every 20 ms: what several processes share is split among them.

${table(clientCosts(summary))}

${table(startUps(summary))}

## What is compared

${[...about, ...missing].join("\n")}

All do the same steps on the same hosts, in turn within each round: send the release, write unit and environment, start the idle
variant, ask its health every 30 ms, point nginx at it, wait for its old workers for at most 30 s, stop the old variant, keep three releases.
A time counts only where every host then answers with the new version. No tool finds a connection from an earlier run.

They do not promise the same. What the floor lacks stands at the head of [its source](../bench/floor/deploy.sh). The others, as set up here,
neither prove that nginx has taken the change nor put hosts back that had switched when another fails.

## What these figures are not

- The network is a relay on the same machine that holds every byte for half a round trip: ${measured.join(", ") || "not used here"}. TCP's handshake is counted.
  It has no loss and no limit of bandwidth; where those rule, what is sent matters more than how often it waits.
- The hosts are systemd containers on the client's machine. With many of them, all wait for these processors: those rows tell what client
  and hosts cost together, not how long it takes where each host has processors of its own.
- The app starts in 10 ms, and has no connections to drain. A real one adds the same seconds to every tool, so the ratios get smaller.
- Other tools may be set up better by who knows them better. Their set-ups stand in [bench/peers](../bench/peers).

## Repeat it

    npm run bench                                  all of it; about an hour and a half on a quiet machine
    npm run bench -- --minutes 60                  the most telling cells first, and no further round after an hour
    npm run bench -- --quick                       bgdeploy against the floor in under three minutes; writes nothing here
    npm run bench -- --report bench/results/FILE   this page anew from earlier results

Few hosts are measured before the many are booted, whose idling costs time. Every run that counted is a line of [benchmarks.json](benchmarks.json).
`;
}

function table([head = [], ...lines]: readonly (readonly string[])[]): string {
  if (lines.length === 0) return "Not measured.";
  return [row(head), row(head.map(() => "---")), ...lines.map(row)].join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
