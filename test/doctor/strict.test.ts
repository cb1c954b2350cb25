import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Level } from "../../lib/doctor/finding.ts";
import { examine } from "../../lib/doctor/examine.ts";
import type { Exam } from "../../lib/model/exam.ts";
import type { Facts } from "../../lib/model/facts.ts";
import { helperText } from "../../recipes/index.ts";
import { aUnit } from "../support/target.ts";
import type { PatientOptions } from "./support/patient.ts";
import { aPatient } from "./support/patient.ts";

const helper = "/usr/local/lib/bgdeploy/shop";
const setup = "here: bgdeploy setup production --as root";
const unitOfBefore = "[Service]\nWorkingDirectory=/opt/shop/\nEnvironmentFile=/etc/bgdeploy/shop/environment-%i\n";

type Change = {
  readonly files?: Partial<Facts["files"]>;
  readonly rooted?: Exam["rooted"];
  readonly rules?: readonly string[];
};

/** A strict host that serves. */
function strictly({ files = {}, rooted = [], rules = [helper] }: Change = {}): PatientOptions {
  const written = { helper: helperText({ name: "shop" }), backendAt: "/etc/bgdeploy/shop/backend.conf", ...files };
  return {
    live: "blue",
    app: { strict: true },
    facts: { sudo: { kind: "rules", rules }, files: written },
    exam: { rooted },
  };
}

/** What is found but what is fine: level and sentence, then its mends. */
const rows: Readonly<Record<string, readonly [PatientOptions, ...(readonly string[])[]]>> = {
  "strict, where the helper is root's and all that sudo allows": [strictly()],
  "strict, where the helper is another one, and others may write it": [
    strictly({
      files: { helper: "# former\napp=shop\nprotocol=1\n" },
      rooted: [
        { path: "/usr/local/lib", mode: "2775", uid: 0, link: false },
        { path: helper, mode: "755", uid: 1000, link: false },
        { path: "/etc/bgdeploy", mode: "777", uid: 0, link: true },
      ],
    }),
    [
      "wrong users other than root can write /usr/local/lib (mode 2775): they control what root does here",
      "host: sudo chmod go-w /usr/local/lib",
    ],
    [
      "wrong /usr/local/lib/bgdeploy/shop belongs to user 1000, not to root: they control what root does here",
      "host: sudo chown root:root /usr/local/lib/bgdeploy/shop",
    ],
    ["wrong /etc/bgdeploy is a symlink, but must be a file or directory owned by root", "host: ls -ld /etc/bgdeploy"],
    ["warning /usr/local/lib/bgdeploy/shop is not the version that this bgdeploy installs", setup],
  ],
  "strict, and sudo allows more": [
    strictly({ rules: ["!ALL", helper, "/usr/bin/tee /etc/x"] }),
    [
      "warning sudo lets deploy run `/usr/bin/tee /etc/x` in addition to the helper; `strict` does not remove that rule",
      "host: sudo grep -rn deploy /etc/sudoers /etc/sudoers.d",
    ],
  ],
  "strict, and the rule is missing": [
    strictly({ rules: ["/usr/bin/true"] }),
    [
      "wrong sudo does not allow deploy to run `/usr/local/lib/bgdeploy/shop` (root's own program, which checks what it is told and takes no path). The rule: deploy ALL=(root) NOPASSWD: /usr/local/lib/bgdeploy/shop",
      setup,
    ],
    [
      "warning sudo lets deploy run `/usr/bin/true` in addition to the helper; `strict` does not remove that rule",
      "host: sudo grep -rn deploy /etc/sudoers /etc/sudoers.d",
    ],
  ],
  "strict, and the unit has no sandbox": [
    {
      ...strictly({ files: { unit: unitOfBefore } }),
      exam: { rooted: [], exposure: 9.2 },
    },
    [
      "wrong /etc/systemd/system/shop@.service differs from what this config generates, and with `strict` only setup can write it: the next run will be refused",
      setup,
      "host: diff /etc/systemd/system/shop@.service -",
    ],
    [
      "warning the exposure of shop@blue.service is 9.2 of 10 (systemd-analyze security): the unit has no sandbox yet; setup adds it",
      setup,
    ],
  ],
  "strict, and not set up": [
    strictly({ files: { helper: undefined } }),
    ["wrong it is not set up for `strict: true`: /usr/local/lib/bgdeploy/shop does not exist", setup],
  ],
  "strict, and the live variant is down": [
    { ...strictly(), facts: { ...strictly().facts, units: { blue: aUnit("failed") } } },
    [
      "wrong the live variant blue is DOWN: shop@blue.service is failed, and nothing serves",
      "host: sudo /usr/local/lib/bgdeploy/shop start blue",
      "host: journalctl -u shop@blue.service -n 50 --no-pager",
    ],
    [
      "wrong after a reboot nothing would start, but blue is live",
      "host: sudo /usr/local/lib/bgdeploy/shop enable blue",
    ],
  ],
};

for (const [name, [options, ...expected]] of Object.entries(rows)) {
  test(name, () => {
    const { findings } = examine(aPatient(options));
    const found = findings
      .filter(({ level }) => level !== "fine" && level !== "limit")
      .map(({ level, what, mends }) => [`${level} ${what}`, ...mends.map(({ on, line }) => `${on}: ${line}`)]);
    assert.equal(found, expected);
  });
}

test("what the rules are worth is said of both modes", () => {
  const of = (level: Level, options: PatientOptions): readonly string[] =>
    examine(aPatient(options)).findings.flatMap((each) => (each.level === level ? [each.what] : []));
  assert.ok(of("fine", strictly()).includes(`as root, deploy can do only what ${helper} does`));
  const wide =
    "deploy equals root: sudo lets them write /etc/systemd/system/shop@.service. `strict: true` avoids that rule";
  assert.ok(of("limit", { live: "blue", facts: { sudo: { kind: "rules", rules: ["ALL"] } } }).includes(wide));
});

test("a strict host whose config is not strict has one finding, not one for each thing that is otherwise there", () => {
  const { findings } = examine(aPatient({ ...strictly(), app: { strict: false } }));
  const wrong = findings.filter(({ level }) => level === "wrong" || level === "warning");
  assert.is(wrong.length, 1);
  assert.match(wrong[0]?.what ?? "", "the host is set up for `strict: true`");
});

test.run();
