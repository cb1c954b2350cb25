import type { Neighbour } from "../model/neighbour.ts";
import type { Problem } from "../model/problem.ts";
import { problem } from "../model/problem.ts";
import type { Target } from "../model/target.ts";
import type { Variant } from "../model/variant.ts";
import type { Warning } from "./warning.ts";

/** The ports of both variants. */
export type Ports = Readonly<Record<Variant, number>>;

/** What a config has that names none. */
const usual = [8001, 8002];

/** Ports that are proposed: 8001 and 8002, 8011 and 8012, … The probe reads which of 8000 to 8959 are listened on. */
const proposals: readonly Ports[] = Array.from({ length: 95 }, (_, index) => ({
  blue: 8001 + 10 * index,
  green: 8002 + 10 * index,
}));

/** Two apps with one port: sooner or later one takes it while the other is stopped, which then cannot be deployed any more. */
export function clashProblems({ app, facts, state }: Target, free: Ports | undefined): readonly Problem[] {
  if (app.listen === "socket") return [];
  // A port that is only assumed to be another's keeps nobody from deploying who does so already.
  const assume = state.kind === "first";
  return facts.neighbours.flatMap((neighbour) => {
    const known = claimed(neighbour, assume);
    const shared = [app.ports.blue, app.ports.green].filter((port) => known.includes(port));
    if (shared.length === 0) return [];
    const what = shared.length === 1 ? `port ${shared[0]} belongs` : `ports ${shared.join(" and ")} belong`;
    return [
      problem(`${what} to the app ${neighbour.name} (/etc/systemd/system/${neighbour.name}@.service). ${advice(free)}`),
    ];
  });
}

/** For an action that a running app must not be kept from. */
export function clashWarnings(targets: readonly Target[]): readonly Warning[] {
  const free = freePorts(targets);
  return targets.flatMap((target) =>
    clashProblems(target, free).map(({ what }) => ({ host: target.host.name, text: what })),
  );
}

/** Whose port it is that something listens on. */
export function neighbourAt({ facts }: Target, port: number): Neighbour | undefined {
  return facts.neighbours.find((each) => claimed(each, false).includes(port));
}

/** What to type; `free` are ports that no host of the stage uses. */
export function advice(free: Ports | undefined): string {
  const ports =
    free === undefined ? "ports: { blue: …, green: … }" : `ports: { blue: ${free.blue}, green: ${free.green} }`;
  return `Set others in the config: ${ports}`;
}

/** The first ports that are free on all of these hosts. */
export function freePorts(targets: readonly Target[]): Ports | undefined {
  const taken = new Set(
    targets.flatMap(({ facts }) => [
      ...facts.busyPorts,
      ...facts.neighbours.flatMap((each) => claimed(each, true)),
      ...Object.values(facts.environmentPorts),
    ]),
  );
  return proposals.find(({ blue, green }) => !taken.has(blue) && !taken.has(green));
}

/** Where only the live port is known, and is one of the usual two, the other is assumed to be the second. */
function claimed({ ports, live }: Neighbour, assume: boolean): readonly number[] {
  if (ports !== undefined) return ports;
  if (live === undefined) return [];
  return assume && usual.includes(live) ? usual : [live];
}
