import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../lib/errors.ts";
import type { Target } from "../../lib/model/target.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { nginx } from "../../recipes/index.ts";
import type { FactsOptions } from "../support/target.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";
import { linesOf, namesOf, undoOf } from "./support/lines.ts";

const tasks = nginx.switch({ mode: "instant" });
const [change] = tasks;
const current = "/opt/shop/versions/current";
const link = (to: string): string => `link ${current} → ${to}`;
const backend = "write /opt/shop/backend.conf (0644, 23 bytes)";
const toGreen = ": >/opt/shop/live-green && sync /opt/shop/live-green /opt/shop";
const toBlue = "rm -f /opt/shop/live-green && sync /opt/shop";
const stillRuns = "# see that the new variant still runs";
/** An undo must succeed on a full disk, too. */
const freed = "rm -f /opt/shop/.bgdeploy/reserve";
const instant = { nginx: { includesFlag: true } };

test("an instant switch has the barriers of the other one, and a name of its own", () => {
  assert.equal(namesOf(tasks), ["‖ nginx:switch-instantly", "release:record"]);
});

test("a flag moves the traffic, with no reload; the file tells other tools the truth", () => {
  const target = aTarget({ live: "blue", facts: instant });
  assert.equal(linesOf(change, target), [stillRuns, backend, link(newRelease.id), toGreen]);
  assert.equal(undoOf(change, target), [freed, toBlue, link(oldRelease.id), backend]);
});

test("from green to blue the flag goes", () => {
  const target = aTarget({ live: "green", facts: { ...instant, files: { liveGreen: true } } });
  assert.equal(linesOf(change, target), [stillRuns, backend, link(newRelease.id), toBlue]);
  assert.equal(undoOf(change, target), [freed, toGreen, link(oldRelease.id), backend]);
});

const sites: readonly (readonly [string, "instant" | "reload", FactsOptions, RegExp | undefined])[] = [
  ["a site with the flag", "instant", instant, undefined],
  ["a site with the file", "reload", {}, undefined],
  [
    "a site that knows no flag",
    "instant",
    {},
    /^h1: nginx\.switch\(\{ mode: "instant" \}\) needs a site that looks for the file live-green/,
  ],
  [
    "a site that knows the flag alone",
    "reload",
    { nginx: { includesFlag: true, includesBackend: false } },
    /^h1: its nginx site switches by the file live-green/,
  ],
  [
    "workers that cannot see the flag",
    "instant",
    { nginx: { includesFlag: true, blindTo: "/opt/shop" } },
    /^h1: nginx's workers cannot look into \/opt\/shop and .* chmod o\+x \/opt\/shop$/,
  ],
];

for (const [listen, namesSockets] of [
  ["port", true],
  ["socket", false],
] as const) {
  test(`an instant switch is refused where the site does not name the ${listen}s`, () => {
    const target = (names: boolean): Target =>
      aTarget({ live: "blue", app: { listen }, facts: { nginx: { includesFlag: true, namesSockets: names } } });
    const plan = (names: boolean): unknown => makePlan(newRelease, nginx.switch({ mode: "instant" }), [target(names)]);
    assert.match(refusalsOf(() => plan(namesSockets))[0] ?? "", `\`listen\` asks for ${listen}s. Switch by a reload`);
    assert.equal(
      refusalsOf(() => plan(!namesSockets)),
      [],
    );
  });
}

for (const [what, mode, facts, refusal] of sites) {
  test(`${mode} is ${refusal ? "refused" : "right"} for ${what}`, () => {
    const target = aTarget({ live: "blue", facts });
    const problems = refusalsOf(() => makePlan(newRelease, nginx.switch({ mode }), [target]));
    assert.is(problems.length, refusal ? 1 : 0);
    if (refusal) assert.match(problems[0] ?? "", refusal);
  });
}

function refusalsOf(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

test.run();
