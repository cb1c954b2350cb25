import type { Facts, MaintenanceBlock } from "../model/facts.ts";
import { groundFiles } from "../model/ground.ts";
import type { GroundPath } from "../model/ground.ts";
import type { Layout } from "../model/layout.ts";
import { backendsOf, wayTo } from "./probe-ask.ts";

/** What `find` said of a directory, a link or a file of nginx. */
export type PathState = {
  /** `d`, `l`, `f`, … */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: string;
  /** Epoch seconds. */
  readonly modified: number;
  readonly user: string;
  readonly group: string;
  /** Of a link, as it stands there. */
  readonly target: string;
};

/** The processes of nginx that serve: when each began, in seconds since the boot, and whom they run as. */
export type Workers = {
  readonly began: readonly number[];
  readonly runAs: { readonly uid: number; readonly gids: readonly number[] } | undefined;
};

/** Five parts for each path, each ended by the probe's word, which no path has in it. */
export function parsePlaces(text: string, word: string): ReadonlyMap<string, PathState> {
  const parts = text.split(word);
  const rows = Array.from({ length: Math.floor(parts.length / 5) }, (_, row) => parts.slice(5 * row, 5 * row + 5));
  return new Map(
    rows.map(([path = "", numbers = "", user = "", group = "", target = ""]) => {
      const [type = "", mode = "", uid = "", gid = "", inode = "", modified = ""] = numbers.split(" ");
      const [mine, theirs] = [Number(uid), Number(gid)];
      const place = { type, mode: Number.parseInt(mode, 8), uid: mine, gid: theirs, inode, user, group, target };
      return [path, { ...place, modified: Number(modified) }];
    }),
  );
}

/** The directories that lead to what is ours: as they are named, and from `real`, where the destination truly is. */
export function parseGround(
  places: ReadonlyMap<string, PathState>,
  layout: Layout,
  real = layout.destination,
): readonly GroundPath[] {
  const { destination, versions, state, backends } = layout;
  const files = groundFiles(layout);
  const kindOf = (path: string): GroundPath["kind"] => {
    if (path === versions) return "versions";
    if (path === state) return "state";
    if (files.includes(path)) return "file";
    return path === destination || path === real ? "destination" : "way";
  };
  const paths = new Set([...wayTo(destination), ...wayTo(real), versions, state, ...files]);
  return [...paths].flatMap((path) => {
    const place = places.get(path);
    if (place === undefined) return [];
    const { type, mode, uid, user, group, target } = place;
    // Ours stands beside the file that it leads to.
    const isLink = type === "l" && !(path === backends && target === "backend.conf");
    return [{ path, kind: kindOf(path), isLink, uid, user, group, mode: type === "l" ? 0 : mode }];
  });
}

/** Those of systemd for services: only they stand directly below these. */
export function parseServiceDirectories(places: ReadonlyMap<string, PathState>): Facts["serviceDirectories"] {
  const found = [...places].filter(([path]) => /^\/var\/(lib|cache|log)\/[^/]+$/.test(path));
  return found.map(([path, { user }]) => ({ path, user }));
}

/** Which of our files nginx's own name, and in which of them each stands; `undefined` where those may not be read. */
export function parseNamed(text: string, layout: Layout): ReadonlyMap<string, readonly string[]> | undefined {
  const [first, ...rows] = text.split("\n");
  if (first !== "read") return undefined;
  const ours = [...backendsOf(layout), layout.liveGreen, layout.maintenance, layout.socket("green")];
  const found = ours.map((path) => {
    const end = `:${path}`;
    return [path, rows.filter((row) => row.endsWith(end)).map((row) => row.slice(0, -end.length))] as const;
  });
  return new Map(found.filter(([, files]) => files.length > 0));
}

/**
 * Which files of nginx include ours. Where `strict`, those that include the destination's do not count: `setup` moves them. `idle`:
 * those of sites-available that no link enables; `defaults`: what answers where no other site does.
 */
export function siteFacts(
  named: ReadonlyMap<string, readonly string[]> | undefined,
  layout: Layout,
  { idle, defaults }: { readonly idle: readonly string[]; readonly defaults: readonly string[] },
): Pick<Facts["nginx"], "includesBackend" | "formerSites" | "disabledSite" | "defaultSite" | "stockSite"> {
  const [ours = "", ...others] = backendsOf(layout);
  const former = others.flatMap((path) => named?.get(path) ?? []);
  const leading = [...backendsOf(layout), layout.liveGreen].flatMap((path) => named?.get(path) ?? []);
  return {
    ...defaultSites(defaults),
    disabledSite: leading.every((file) => idle.includes(file)) ? leading[0] : undefined,
    includesBackend: named && (named.has(ours) || (!layout.strict && former.length > 0)),
    formerSites: layout.strict ? [...new Set(former)] : [],
  };
}

/** What answers where no other site does; `stock ` stands before the page of a package that nobody has edited. */
function defaultSites(rows: readonly string[]): Pick<Facts["nginx"], "defaultSite" | "stockSite"> {
  const stock = rows.find((row) => row.startsWith("stock "));
  return { defaultSite: rows.find((row) => row.startsWith("/")), stockSite: stock?.slice("stock ".length) };
}

/** Linux counts the time since the boot in hundredths of a second there, whatever its own clock. */
const ticks = 100;

/** Lines of /proc: each worker's `stat`, whose second part is a name in parentheses, and of one the owners of its `status`. */
export function parseWorkers(lines: readonly string[]): Workers {
  const began = lines.flatMap((line) => {
    // The twenty-second part of all; the first two end with the name.
    const start = /^\d+ \(.*\) (.*)$/.exec(line)?.[1]?.split(" ")[19];
    return start === undefined ? [] : [Number(start) / ticks];
  });
  const numbers = (key: string): readonly number[] => {
    const line = lines.find((each) => each.startsWith(`${key}:`)) ?? "";
    return [...line.matchAll(/\d+/g)].map(([number]) => Number(number));
  };
  const [, uid] = numbers("Uid");
  const gids = [...numbers("Gid").slice(1, 2), ...numbers("Groups")];
  return { began, runAs: uid === undefined ? undefined : { uid, gids } };
}

/** What it takes to tell when nginx's files were written, and when it took them. */
type Times = {
  readonly places: ReadonlyMap<string, PathState>;
  readonly workers: Workers;
  readonly clock: number;
  readonly uptime: number;
};

/**
 * Do the files of nginx name the maintenance page, and were they written before its newest worker started? A file from
 * the future, by a clock that was wrong, is taken for loaded.
 */
export function maintenanceBlock(
  named: ReadonlyMap<string, readonly string[]> | undefined,
  page: string,
  { places, workers, clock, uptime }: Times,
): MaintenanceBlock {
  if (named === undefined) return "unknown";
  const times = (named.get(page) ?? []).flatMap((file) => places.get(file)?.modified ?? []);
  if (times.length === 0) return "missing";
  const written = greatest(times);
  if (workers.began.length === 0) return "loaded";
  const age = Math.floor(uptime - greatest(workers.began));
  return written <= clock && written > clock - age + 1 ? "unloaded" : "loaded";
}

/** `Math.max` takes only so many. */
function greatest(numbers: readonly number[]): number {
  return numbers.reduce((most, each) => Math.max(most, each), -Infinity);
}

/** The first directory on the way to ours that the user of nginx's workers may not search (path_resolution(7)). */
export function blindTo(
  destination: string,
  places: ReadonlyMap<string, PathState>,
  { runAs }: Workers,
): string | undefined {
  if (runAs === undefined) return undefined;
  return wayTo(destination).find((path) => {
    const place = places.get(path);
    if (place === undefined) return false;
    const bit = place.uid === runAs.uid ? 0o100 : runAs.gids.includes(place.gid) ? 0o010 : 0o001;
    return (place.mode & bit) === 0;
  });
}

/** Does the user of nginx's workers have a group? `undefined` where one of both is not known. */
export function isInGroup({ runAs }: Workers, gid: string | undefined): boolean | undefined {
  return runAs === undefined || gid === undefined ? undefined : runAs.uid === 0 || runAs.gids.includes(Number(gid));
}
