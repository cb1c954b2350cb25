import type { Patient } from "../../../lib/doctor/patient.ts";
import type { Exam, UnitHealth } from "../../../lib/model/exam.ts";
import { helperText, sudoersText, unitText } from "../../../recipes/index.ts";
import { sudoLines } from "../../../recipes/templates/sudoers.ts";
import type { TargetOptions } from "../../support/target.ts";
import { freePorts } from "../../../lib/plan/clashes.ts";
import { aTarget } from "../../support/target.ts";

export type PatientOptions = TargetOptions & {
  readonly exam?: Partial<Omit<Exam, "units" | "versions">> & {
    readonly versions?: Partial<Exam["versions"]>;
    readonly units?: { readonly [K in "blue" | "green"]?: Partial<UnitHealth> };
  };
  /** Further commands that run with sudo. */
  readonly needs?: Patient["sudo"];
} & Partial<Pick<Patient, "ahead" | "load" | "locked" | "refusals">>;

/** A host that is well in all that is asked; with `live` it serves. Whatever is given beside that wins. */
export function aPatient(options: PatientOptions = {}): Patient {
  const { exam, ahead = 0, load = { bytes: 50e6, files: 1000 }, refusals = [], needs = [], ...rest } = options;
  const { app, layout } = aTarget(rest);
  const unit = unitText(app, layout);
  const target = aTarget({
    ...rest,
    facts: {
      user: { groups: ["deploy", "systemd-journal", "www-data"], ...rest.facts?.user },
      ...rest.facts,
      files: { unit, ...rest.facts?.files },
    },
  });
  const { locked = { byHand: undefined, byRun: undefined } } = options;
  return {
    target,
    exam: anExam(exam),
    stage: "production",
    load,
    ahead,
    unit,
    sudo: [...sudoLines(app, layout, target.facts.user.name), ...needs],
    sudoers: sudoersText(app, layout, target.facts.user.name),
    helper: helperText(app),
    free: freePorts([target]),
    refusals,
    locked,
  };
}

function anExam({ units = {}, versions, ...rest }: PatientOptions["exam"] = {}): Exam {
  const sound: UnitHealth = {
    sub: "running",
    runs: 3600,
    restarts: 0,
    result: "success",
    isStale: false,
    record: "same",
  };
  return {
    versions: {
      rsync: "rsync  version 3.2.7  protocol version 31",
      nginx: "nginx version: nginx/1.22.1",
      systemd: "systemd 252 (252.38-1~deb12u1)",
      sshd: "OpenSSH_9.2p1",
      ...versions,
    },
    exposure: 1.6,
    dropIns: [],
    nginxAtBoot: "enabled",
    standIns: [],
    reach: { user: undefined, way: [], program: undefined },
    withheld: [],
    inTheWay: [],
    noexec: false,
    private: [],
    rooted: [],
    partials: [],
    dangling: [],
    site: { includesBackend: true, unread: [] },
    ...rest,
    units: { blue: { ...sound, ...units.blue }, green: { ...sound, ...units.green } },
  };
}
