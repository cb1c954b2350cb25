import { basename } from "node:path/posix";
import type { Facts, Listener, NginxTest } from "../model/facts.ts";
import { namesBeside } from "../model/ground.ts";
import type { Layout } from "../model/layout.ts";
import { type KnownRelease, type ReleaseStatus, parseReleaseId, releaseStatuses } from "../model/release.ts";
import { isVariant, variants } from "../model/variant.ts";
import { sudoRules } from "../model/sudo.ts";
import { parseBusyPorts, parseNeighbours } from "./neighbours.ts";
import {
  blindTo,
  isInGroup,
  maintenanceBlock,
  parseGround,
  parseNamed,
  parsePlaces,
  parseServiceDirectories,
  parseWorkers,
  siteFacts,
} from "./probe-nginx.ts";
import { nginxUnit, unitState } from "./unit-state.ts";

/** Characters of an answer, of a file and of a line in it that are read, and the newest releases: what has more is not ours. */
const most = { answer: 1_000_000, file: 256_000, line: 8_000, releases: 10_000 };

/** Reads what the probe printed. `noise` is what the login shell printed before it. */
export function parseProbe(text: string, word: string, noise: string, layout: Layout): Facts {
  const answers = splitAnswers(text, word);
  const raw = (name: string): string => answers.get(name)?.slice(0, most.answer) ?? "";
  const lines = (name: string): readonly string[] =>
    raw(name)
      .split("\n")
      .filter((line) => line !== "");
  const first = (name: string): string | undefined => lines(name)[0]?.slice(0, most.line);
  const file = (name: string): string | undefined =>
    raw(name).startsWith("yes\n") ? raw(name).slice(4, most.file) : undefined;
  const [home = "", shell = "", id = ""] = firstLines(raw("user"));
  const user = parseId(id);
  const [machineId = "", boot = "", hostname = ""] = firstLines(raw("machine"));
  const clock = Number(lines("clock")[0]);
  const destination = lines("destination");
  const places = parsePlaces(raw("places"), word);
  const real = destination.find((line) => line.startsWith("real "))?.slice(5);
  const owner = places.get(real ?? layout.destination);
  const backends = places.get(layout.backends);
  const backendsAre = backends?.type === "l" ? "link" : backends && "file";
  // A link of that name is only another name of the file beside it.
  const backendAt = [first("backend-exists")].find((path) => path !== layout.backends || backendsAre === "file");
  const target = (link: string): string | undefined => basename(places.get(link)?.target ?? "") || undefined;
  const named = parseNamed(raw("named"), layout);
  const nginx = unitState(raw("units"), nginxUnit(raw("units"), layout), []);
  const workers = parseWorkers(lines("workers"));
  const locked = `:${places.get(layout.state)?.inode} `;
  return {
    user: { ...user, home },
    shell,
    noise,
    hostname,
    // Machines that were cloned from one disk share the id, but not the boot.
    machineId: machineId === "" ? "" : `${machineId} ${boot}`,
    cpu: first("cpu"),
    clock,
    tools: {
      bash: raw("bash").slice(0, most.line).trim(),
      rsync: first("rsync"),
      nginx: first("nginx"),
      systemd: first("systemctl"),
      flock: first("flock") !== undefined,
    },
    rulePaths: Object.fromEntries(lines("rule-paths").map((path) => [basename(path), path])),
    programs: lines("programs").map((path) => basename(path)),
    destination: destination.includes("writable")
      ? "writable"
      : destination.includes("yes")
        ? "not-writable"
        : "missing",
    parentWritable: destination.includes("parent-writable"),
    owner: owner && { user: owner.user, group: owner.group },
    ground: parseGround(places, layout, real),
    serviceDirectories: parseServiceDirectories(places),
    filesBeside: namesBeside(lines("files-beside"), layout),
    disk: parseDisk(raw("disk")),
    hasState: first("state") === "yes",
    unread: lines("unread").filter((line) => line.startsWith("/")),
    execUserExists: first("exec-user") !== undefined,
    systemUnit: first("system-unit"),
    appUserExists: first("app-user") !== undefined,
    groupExists: first("group") !== undefined,
    userGroups: lines("user-groups"),
    files: {
      backend: backendAt === undefined ? undefined : raw("backend").slice(0, most.file),
      backendAt,
      backends: backendsAre === "file" ? "" : backends?.target,
      variant: file("variant")?.trim(),
      liveGreen: first("live-green") === "yes",
      warm: [first("warm")].find((word) => isVariant(word)),
      unit: file("unit"),
      vhost: file("vhost"),
      sudoers: file("sudoers"),
      helper: raw("helper") === "" ? undefined : raw("helper"),
    },
    links: {
      current: target(layout.current),
      blue: target(layout.currentOf("blue")),
      green: target(layout.currentOf("green")),
    },
    environmentPorts: { blue: parsePort(raw("port-blue")), green: parsePort(raw("port-green")) },
    environmentSockets: { blue: first("socket-blue") === "yes", green: first("socket-green") === "yes" },
    socketReleases: lines("socket-releases").map((name) => name.slice(0, -".env".length)),
    recordedTrees: lines("trees").map((name) => name.slice(0, -".tree".length)),
    listeningSockets: variants.filter((variant) =>
      lines("sockets").some((line) => line.endsWith(` ${layout.socket(variant)}`)),
    ),
    units: {
      blue: unitState(raw("units"), layout.service("blue"), lines("enabled-blue")),
      green: unitState(raw("units"), layout.service("green"), lines("enabled-green")),
    },
    nginx: {
      active: nginx.active === "active",
      pid: nginx.pid,
      hasWorkers: lines("workers").includes("titled"),
      test: parseNginxTest(raw("nginx-test").slice(0, most.file)),
      ...siteFacts(named, layout, { idle: lines("idle-sites"), defaults: lines("default-site") }),
      includesFlag: named?.has(layout.liveGreen) ?? false,
      maintenanceBlock: maintenanceBlock(named, layout.maintenance, {
        places,
        workers,
        clock,
        uptime: Number.parseFloat(lines("clock")[1] ?? ""),
      }),
      blindTo: blindTo(layout.destination, places, workers),
      namesSockets: named?.has(layout.socket("green")) ?? false,
      isInGroup: isInGroup(workers, first("group-id")),
      sites: sitesOf(first("sites")),
      hasIpv6: first("ipv6") === "yes",
    },
    sudo: sudoRules(user.uid, raw("sudo").slice(0, most.file), lines("elsewhere")),
    listeners: parseListeners(lines("listeners")),
    neighbours: parseNeighbours(lines("neighbours")),
    busyPorts: parseBusyPorts(lines("busy")),
    strangers: { blue: first("stranger-blue"), green: first("stranger-green") },
    releases: parseReleases(lines("releases"), lines("records")),
    lastJournal: first("journal"),
    lastLive: lines("journal")[1]?.slice(0, most.line),
    maintenance: { on: first("maintenance") === "yes", note: lines("maintenance")[1]?.slice(0, most.line) },
    lock: {
      held: first("state") === "yes" && lines("locks").some((line) => line.includes(locked)),
      holder: first("holder"),
      freeze: first("freeze"),
    },
  };
}

/** The answers of a script by their names. */
export function splitAnswers(text: string, word: string): ReadonlyMap<string, string> {
  const parts = text.split(`\n${word}=`).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]));
}

/** What a script printed before the first of its answers. */
export function beforeAnswers(text: string, word: string): string {
  return text.split(`\n${word}=`, 1)[0] ?? "";
}

/** `id`: names stand in parentheses behind the numbers; of one that has none the number is the name. */
function parseId(text: string): Pick<Facts["user"], "name" | "uid" | "groups"> {
  const [, uid = "", name = uid] = /^uid=(\d+)(?:\(([^)]*)\))?/.exec(text) ?? [];
  const [, groups = ""] = text.split(" groups=", 2);
  const [all = ""] = groups.split(" context=", 1);
  return { name, uid: Number(uid), groups: all.split(",").map((each) => groupName(each)) };
}

function groupName(group: string): string {
  return group.endsWith(")") && group.includes("(") ? group.slice(group.indexOf("(") + 1, -1) : group;
}

/** `stat -f`: free blocks, block size, free inodes, all inodes (0 where the file system does not count them). */
function sitesOf(line: string | undefined): Facts["nginx"]["sites"] {
  if (line === undefined) return undefined;
  return line === "sites-available" || line === "taken" ? line : "conf.d";
}

function parseDisk(text: string): Facts["disk"] {
  const [blocks = 0, size = 0, inodes = 0, all = 0] = text.trim().split(" ").map(Number);
  return { freeBytes: blocks * size, freeInodes: all === 0 ? Number.MAX_SAFE_INTEGER : inodes };
}

function parsePort(line: string): number | undefined {
  const port = /^PORT="?(\d+)"?\s*$/m.exec(line)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** A user without root is told of the log and the keys that it may not open; only the line marked [emerg] is the verdict. */
function parseNginxTest(output: string): NginxTest {
  const fatal = output.split("\n").find((line) => line.includes("[emerg]"));
  if (fatal !== undefined) return fatal.includes("Permission denied") ? unlessSyntaxOk(output) : broken(output);
  return output.includes("test failed") ? broken(output) : unlessSyntaxOk(output);
}

function unlessSyntaxOk(output: string): NginxTest {
  return { verdict: output.includes("syntax is ok") ? "ok" : "unknown" };
}

function broken(output: string): NginxTest {
  return { verdict: "broken", output: output.slice(-most.line).trim() };
}

/** Rows of /proc/net/tcp: the local address ends in the port in hex, the eighth column is the owner's uid. And `user name:uid`. */
function parseListeners(lines: readonly string[]): readonly Listener[] {
  const users = new Map(lines.flatMap((line) => parseUser(line)));
  const listeners = new Map<number, Listener>();
  for (const row of lines) {
    if (row.startsWith("user ")) continue;
    const columns = row.trim().split(/\s+/);
    const uid = columns[7] ?? "";
    const port = Number.parseInt(columns[1]?.split(":").at(-1) ?? "", 16);
    if (!listeners.has(port)) listeners.set(port, { port, user: users.get(uid) ?? `uid ${uid}` });
  }
  return [...listeners.values()];
}

function parseUser(line: string): readonly (readonly [string, string])[] {
  const [, name, uid] = /^user (.*):(\d+)$/.exec(line) ?? [];
  return name === undefined || uid === undefined ? [] : [[uid, name]];
}

function parseReleases(names: readonly string[], records: readonly string[]): readonly KnownRelease[] {
  const statuses = new Map(records.flatMap((line) => parseRecord(line)));
  const ids = names.filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1));
  const known = ids.filter((id) => parseReleaseId(id)).map((id) => ({ id, status: statuses.get(id) }));
  return known.length <= most.releases ? known : known.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(-most.releases);
}

function parseRecord(line: string): readonly (readonly [string, ReleaseStatus])[] {
  const [, id = "", word] = /^\{"id":"([^"]+)","status":"([\w-]+)"/.exec(line) ?? [];
  return releaseStatuses.filter((status) => status === word).map((status) => [id, status]);
}

function firstLines(text: string): readonly string[] {
  return text.split("\n", 3).map((line) => line.slice(0, most.line));
}
