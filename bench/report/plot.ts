import { type Job, jobNames, slopeRtts } from "../grid.ts";
import type { ToolName } from "../site.ts";
import type { Summary } from "./summary.ts";
import { digitsOf, titles } from "./words.ts";

/** Seen well on white and on black. */
const colors: Readonly<Record<ToolName, string>> = {
  floor: "#8a8f98",
  bgdeploy: "#1f8fff",
  capistrano: "#d9822b",
  ansible: "#c2413a",
  shipit: "#8f5bc7",
};
const ink = "#7d838c";
const faint = "#7d838c44";
const [width, left, gap] = [860, 150, 46];
const labels: Readonly<Record<Job, string>> = {
  first: "first deploy",
  changed: "1 in 100 changed",
  same: "nothing changed",
  small: "5,000 small files",
  rollback: "rollback",
};

/** Two pictures, one above the other: time over round trip time, and each job's ratio to the floor on one host. */
export function plot(summary: Summary): string {
  const [above, below] = [slopes(summary, 34), bars(summary, 34 + 240 + gap)];
  const height = 34 + 240 + gap + below.height;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${ink}" role="img" aria-label="Benchmarks of bgdeploy">
${[...above.marks, ...below.marks].join("\n")}
</svg>
`;
}

type Part = { readonly marks: readonly string[]; readonly height: number };

function slopes({ slopes }: Summary, top: number): Part {
  const [high, right] = [210, width - 215];
  const points = slopes.flatMap((each) => each.points);
  const [longest, slowest] = [
    Math.max(...slopeRtts, ...points.map(({ rtt }) => rtt)),
    Math.max(1, ...points.map(({ seconds }) => seconds)),
  ];
  const x = (rtt: number): number => left + (rtt / longest) * (right - left);
  const y = (seconds: number): number => top + high - (seconds / slowest) * (high - 10);
  const step = niceStep(slowest);
  const grid = Array.from({ length: Math.floor(slowest / step) + 1 }, (_, index) => index * step);
  // Names at the ends of the lines, pushed apart where those are close.
  const ends = slopes
    .map((slope) => ({ slope, at: y(slope.points.at(-1)?.seconds ?? 0) }))
    .toSorted((a, b) => b.at - a.at)
    .reduce<readonly { readonly slope: (typeof slopes)[number]; readonly at: number }[]>(
      (done, each) => [...done, { ...each, at: Math.min(each.at, (done.at(-1)?.at ?? Infinity) - 17) }],
      [],
    );
  return {
    height: 240,
    marks: [
      heading("Time of a redeploy over the round trip time of the network; its slope is how often it waits", top - 14),
      ...grid.map(
        (at) => rule(left, y(at), right, y(at)) + text(left - 8, y(at) + 4, `${Number(at.toPrecision(3))} s`, "end"),
      ),
      ...slopeRtts.map((rtt) => text(x(rtt), top + high + 20, rtt === 0 ? "LAN" : `${rtt} ms`, "middle")),
      ...slopes.map(({ tool, points }) => {
        const path = points.map(({ rtt, seconds }) => `${x(rtt).toFixed(1)},${y(seconds).toFixed(1)}`).join(" ");
        const dots = points.map(
          ({ rtt, seconds }) =>
            `<circle cx="${x(rtt).toFixed(1)}" cy="${y(seconds).toFixed(1)}" r="3" fill="${colors[tool]}"/>`,
        );
        return `<polyline points="${path}" fill="none" stroke="${colors[tool]}" stroke-width="2"/>${dots.join("")}`;
      }),
      ...ends.map(({ slope: { tool, roundTrips, points }, at }) =>
        text(
          x(points.at(-1)?.rtt ?? 0) + 10,
          at + 4,
          `${titles[tool]}: ${roundTrips.toFixed(0)} round trips`,
          "start",
          colors[tool],
        ),
      ),
    ],
  };
}

function bars(summary: Summary, top: number): Part {
  const groups = jobNames.flatMap((job) =>
    summary.rows
      .filter((row) => row.job === job && row.hosts === 1 && row.rtt === 0 && row.settle === 0)
      .map((row) => ({ job, entries: row.entries.filter(({ tool, ratio }) => tool !== "floor" && ratio > 0) })),
  );
  const most = Math.max(2, ...groups.flatMap(({ entries }) => entries.map(({ ratio }) => ratio)));
  const least = Math.min(0.8, ...groups.flatMap(({ entries }) => entries.map(({ ratio }) => ratio * 0.95)));
  const right = width - 130;
  const x = (ratio: number): number => left + (Math.log(ratio / least) / Math.log(most / least)) * (right - left);
  const [thick, between] = [14, 16];
  const starts = groups.map((_, index) =>
    groups.slice(0, index).reduce((sum, { entries }) => sum + entries.length * thick + between, top + 14),
  );
  const bottom = groups.reduce((sum, { entries }) => sum + entries.length * thick + between, top + 14);
  const scale = [1, 2, 5, 10, 20, 50, 100].filter((ratio) => ratio <= most);
  return {
    height: bottom - top + 40,
    marks: [
      heading("Time of each job as a multiple of the floor's; one host, LAN (logarithmic)", top - 8),
      ...scale.map(
        (ratio) =>
          rule(x(ratio), top + 4, x(ratio), bottom) +
          text(x(ratio), bottom + 18, ratio === 1 ? "floor" : `${ratio} ×`, "middle"),
      ),
      ...groups.flatMap(({ job, entries }, index) => {
        const start = starts[index] ?? top;
        const own = entries.map(({ tool, ratio }, place) => {
          const y = start + place * thick;
          const [from, to] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
          const bar = `<rect x="${from.toFixed(1)}" y="${y}" width="${Math.max(1.5, to - from).toFixed(1)}" height="${thick - 3}" fill="${colors[tool]}"/>`;
          return (
            bar + text(to + 6, y + 10, `${titles[tool]} ${ratio.toFixed(digitsOf(ratio))} ×`, "start", colors[tool])
          );
        });
        return [text(left - 8, start + (entries.length * thick) / 2 + 3, labels[job], "end"), ...own];
      }),
    ],
  };
}

/** Lines at 1, 2 or 5 times a power of ten, some five of them. */
function niceStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 5));
  return [1, 2, 5, 10].map((each) => each * power).find((step) => most / step <= 6) ?? power;
}

function heading(words: string, y: number): string {
  return `<text x="12" y="${y}" font-weight="600">${words}</text>`;
}

function text(x: number, y: number, words: string, anchor: "start" | "middle" | "end", fill = ink): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${fill}">${words}</text>`;
}

function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${faint}"/>`;
}
