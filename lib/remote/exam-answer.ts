import type { Exam, UnitHealth } from "../model/exam.ts";
import type { Layout } from "../model/layout.ts";
import { parseReleaseId } from "../model/release.ts";
import type { Variant } from "../model/variant.ts";
import { splitAnswers } from "./probe-answer.ts";
import { activeState, unitValues } from "./unit-state.ts";

/** Reads what the exam's script printed. */
export function parseExam(text: string, word: string, layout: Layout): Exam {
  const answers = splitAnswers(text, word);
  const lines = (name: string): readonly string[] =>
    (answers.get(name) ?? "").split("\n").filter((line) => line !== "");
  const unit = (variant: Variant): UnitHealth =>
    unitHealth(answers.get("units") ?? "", layout.service(variant), {
      record: lines(`record-${variant}`)[0],
      uptime: Number.parseFloat(lines("uptime")[0] ?? ""),
      isEdited: isEdited(lines("loaded")[0] ?? "", lines("unit-times")),
    });
  return {
    versions: {
      rsync: lines("rsync")[0],
      nginx: lines("nginx")[0],
      systemd: lines("systemd")[0],
      sshd: lines("sshd")[0],
    },
    units: { blue: unit("blue"), green: unit("green") },
    exposure: exposureOf(lines("exposure")[0] ?? ""),
    dropIns: lines("drop-ins"),
    standIns: lines("stand-ins"),
    nginxAtBoot: lines("nginx-boot")[0] ?? "",
    reach: reachOf(lines("reach")),
    withheld: lines("withheld"),
    inTheWay: lines("in-the-way"),
    noexec: lines("mount")[0]?.split(",").includes("noexec") ?? false,
    private: lines("private").flatMap((line) => {
      const [, mode = "", owner = "", path = ""] = /^(\d+) (\S+) (.*)$/.exec(line) ?? [];
      return path.startsWith(`${layout.destination}/`) ? [{ path, mode, owner }] : [];
    }),
    rooted: lines("rooted").flatMap((line) => {
      const [, uid = "", mode = "", type = "", path = ""] = /^(\d+) (\d+) ([^:]*):(.*)$/.exec(line) ?? [];
      return path === "" ? [] : [{ path, mode, uid: Number(uid), link: type === "symbolic link" }];
    }),
    partials: lines("partials").filter((path) => isPartial(path, layout)),
    dangling: lines("dangling"),
    site: siteOf(lines("site")),
  };
}

/** The user's numbers, the program, then `<mode> <uid> <gid> <path>` for each place. */
function reachOf([uid = "", gids = "", program = "", ...places]: readonly string[]): Exam["reach"] {
  const groups = gids.replace("gids ", "").split(" ").map(Number);
  return {
    user: /^uid \d+$/.test(uid) ? { uid: Number(uid.slice("uid ".length)), groups } : undefined,
    program: program === "program " || program === "" ? undefined : program.slice("program ".length),
    way: places.flatMap((line) => {
      const [, mode = "", owner = "", gid = "", path = ""] = /^(\S+) (\d+) (\d+) (.*)$/.exec(line) ?? [];
      return path === "" ? [] : [{ path, mode, uid: Number(owner), gid: Number(gid) }];
    }),
  };
}

/** @example exposureOf("→ Overall exposure level for shop@blue.service: 1.6 OK :-)") // 1.6 */
function exposureOf(line: string): number | undefined {
  const [, found] = /service: (\d+(?:\.\d+)?) /.exec(line) ?? [];
  return found === undefined ? undefined : Number(found);
}

/** They are removed: a name with a newline in it must not pass for another path. */
function isPartial(path: string, { versions }: Layout): boolean {
  const id = /^\.(.*)\.partial$/.exec(path.slice(versions.length + 1))?.[1];
  return path.startsWith(`${versions}/`) && id !== undefined && !id.includes("/") && parseReleaseId(id) !== undefined;
}

/** Was one of these files written since systemd read its units? `t 1796088597218135`, and seconds. */
function isEdited(loaded: string, times: readonly string[]): boolean {
  const since = /^t (\d+)$/.exec(loaded)?.[1];
  return since === undefined || times.some((time) => Number(time) * 1e6 > Number(since));
}

type Beside = { readonly record: string | undefined; readonly uptime: number; readonly isEdited: boolean };

function unitHealth(text: string, id: string, { record, uptime, isEdited }: Beside): UnitHealth {
  const value = unitValues(text, id);
  // From systemd 257 on every unit of the host says so when one was enabled.
  const allSay = unitValues(text, "systemd-journald.service")("NeedDaemonReload") === "yes";
  const runs = uptime - Number(value("ActiveEnterTimestampMonotonic")) / 1e6;
  return {
    sub: value("SubState"),
    runs: activeState(value("ActiveState")) === "active" && !Number.isNaN(runs) ? Math.max(0, runs) : undefined,
    restarts: Number(value("NRestarts")),
    result: value("Result"),
    isStale: value("NeedDaemonReload") === "yes" && (!allSay || isEdited),
    record: record === "same" || record === "differs" ? record : "none",
  };
}

/** nginx names a file as it was written, the walk by where it truly is: ours is known by both. */
function siteOf(lines: readonly string[]): Exam["site"] {
  const after = (word: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const ours = new Set(after("ours").filter((path) => path !== ""));
  // One that is included and missing is said as such.
  const included = [...after("read"), ...after("missing")];
  return { includesBackend: included.some((path) => ours.has(path)), unread: after("unread") };
}
