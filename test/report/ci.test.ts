import { test } from "uvu";
import * as assert from "uvu/assert";
import { RemoteError } from "../../lib/errors.ts";
import { ciReporter } from "../../lib/report/ci.ts";
import type { Ci } from "../../lib/report/ci.ts";
import { groupStart, withoutCommands, workflowCommand } from "../../lib/report/ci-commands.ts";
import { jobSummary, refusalSummary } from "../../lib/report/job-summary.ts";
import type { Level } from "../../lib/report/plain.ts";
import type { Event } from "../../lib/run/event.ts";
import type { Outcome } from "../../lib/run/outcome.ts";
import { advice, aFailure, aHost, anOutcome, aScreen } from "./an-outcome.ts";

const phase = { type: "phase-started", number: 1, of: 2, hosts: ["h1"], tasks: ["a"], undo: false } as const;
const evil = new RemoteError({
  host: "h1",
  title: "check",
  line: "x",
  status: 1,
  output: "::error::100%\n##[error]b\n",
});
const events: readonly Event[] = [
  { at: 10_000, ...phase, title: "send the release, link: it" },
  { at: 11_000, type: "warning", warning: { host: "h1", text: "nginx -t is skipped:\n50 % sure" } },
  { at: 12_000, type: "output", host: "h1", task: "hooks:pre a", text: "::set-output name=a::b\nsee ##[error]c\n" },
  { at: 13_000, ...phase, number: 2, title: "‖ move the traffic" },
  { at: 14_000, type: "step-failed", host: "h1", task: "nginx:switch", undo: false, error: evil },
];
/** A secret that escapes change. */
const mask = (text: string): string => text.replaceAll("p%s_s", "[secret]");
const failed = anOutcome([aHost("h1", { end: "undone", failures: [aFailure("nginx:switch", evil)] })], { exitCode: 1 });

function log(ci: Ci, outcome: Outcome = failed, level: Level = "normal"): { text: string; summary: string } {
  const screen = aScreen();
  let summary = "";
  const summarize = (text: string): unknown => (summary += text);
  const reporter = ciReporter({ ci, screen, mask, summarize }, advice, level);
  for (const event of events) reporter.on(event);
  reporter.end(outcome);
  return { text: screen.text(), summary };
}

test("GitHub: phases are groups, warnings and the reason of a failure annotations, and no output is a command", () => {
  assert.is(
    log("github").text,
    `::group::send the release, link: it
::warning title=bgdeploy%3A h1::nginx -t is skipped:%0A50 %25 sure
[  1.0s] h1  warning: nginx -t is skipped:
[  1.0s] h1  50 % sure
[  2.0s] h1  hooks:pre a  | ::set-output name=a::b
[  2.0s] h1  hooks:pre a  | see ## [error]c
::endgroup::
::group::‖ move the traffic
[  4.0s] h1  nginx:switch  failed: check failed with status 1
::endgroup::

h1  v1.0 (blue)  undone  4.2 s  1.3 MB sent

Failed and undone.
v1.0 (blue) is still live on h1.

h1: nginx:switch: check failed with status 1
    : :error::100%
    ## [error]b
    To inspect: ssh h1 journalctl -u nginx.service -n 50
::error title=bgdeploy%3A h1::nginx:switch: check failed with status 1%0A::error::100%25%0A##[error]b%0ATo inspect: ssh h1 journalctl -u nginx.service -n 50
`,
  );
});

test("GitLab: phases are collapsed sections with a begin and an end, and the reason stands last", () => {
  const { text } = log("gitlab");
  // oxlint-disable-next-line no-control-regex -- what GitLab reads
  const marks = [...text.matchAll(/\u001B\[0K(section_\w+:\d+:\w+(?:\[collapsed=true\])?)\r\u001B\[0K(.*)\n/g)];
  assert.equal(
    marks.map(([, mark, title]) => `${mark} ${title}`),
    [
      "section_start:10:bgdeploy_1[collapsed=true] send the release, link: it",
      "section_end:13:bgdeploy_1 ",
      "section_start:13:bgdeploy_2[collapsed=true] ‖ move the traffic",
      "section_end:14:bgdeploy_2 ",
    ],
  );
  assert.match(text, /\nbgdeploy: h1: nginx:switch: check failed with status 1\n::error::100%\n.*\nTo inspect: .*\n$/);
  assert.not.match(text, "::group::");
});

test("a host cannot begin or end a GitLab section: its escapes and carriage returns are taken out", () => {
  const screen = aScreen();
  const reporter = ciReporter({ ci: "gitlab", screen, mask, summarize: () => {} }, advice, "verbose");
  const text = "\u001B[0Ksection_end:14:bgdeploy_1\r\u001B[0K\n";
  reporter.on({ at: 0, type: "output", host: "h1", task: "hooks:pre a", text });
  // oxlint-disable-next-line no-control-regex -- that there are none is the point
  assert.not.match(screen.text(), /[\r\u001B]/);
});

test("quiet writes no groups, but the reason all the same", () => {
  const { text } = log("github", failed, "quiet");
  assert.not.match(text, "::group::");
  assert.match(text, "::error title=bgdeploy%3A h1::");
});

test("a run that goes well has no annotation, and its summary a row for each host", () => {
  const { text, summary } = log("github", anOutcome([aHost("h1"), aHost("h_2")]));
  assert.not.match(text, "::error");
  assert.is(
    summary,
    String.raw`### ✅ bgdeploy run production

Done in 4.5 s: v1.1 is live on h1, h\_2.

| host | release | variant | outcome | seconds |
| --- | --- | --- | --- | --- |
| h1 | v1.1 | green | live | 4.2 s |
| h\_2 | v1.1 | green | live | 4.2 s |

${"```text"}
To roll back: bgdeploy rollback production
${"```"}

`,
  );
});

test("the summary of a failure has the error, what the host said, and what to type", () => {
  assert.match(
    jobSummary(failed, advice, mask),
    [
      "| h1 | v1.0 | blue | undone | 4.2 s |",
      "",
      "**h1**: nginx:switch: check failed with status 1",
      "",
      "```text",
      "::error::100%",
      "##[error]b",
      "To inspect: ssh h1 journalctl -u nginx.service -n 50",
      "```",
    ].join("\n"),
  );
});

test("secrets are masked before anything is escaped", () => {
  const error = new Error("no login with p%s_s");
  const { text, summary } = log(
    "github",
    anOutcome([aHost("h1", { failures: [aFailure("a", error)] })], { exitCode: 1 }),
  );
  assert.match(text, /::error title=bgdeploy%3A h1::a: no login with \[secret\]/);
  assert.match(summary, String.raw`a: no login with \[secret\]`);
});

test("Markdown in what a host says stays text", () => {
  const said = refusalSummary("bgdeploy run a|b", ["h1: ```\n# no heading\n<img src=x>"]);
  assert.is(said, "### ❌ bgdeploy run a\\|b\n\n````text\nh1: ```\n# no heading\n<img src=x>\n````\n\n");
});

test("words of a workflow command are escaped as its runner reads them", () => {
  assert.is(
    workflowCommand("error", { title: "a:b,c%d\ne" }, "1: 2,\r\n3%"),
    "::error title=a%3Ab%2Cc%25d%0Ae::1: 2,%0A3%25\n",
  );
  assert.is(groupStart("github", "x", "a\nb %", 0), "::group::a b %25\n");
});

const lines: readonly (readonly [string, string])[] = [
  ["::error::x", ": :error::x"],
  ["  ::error::x\n\t::debug::y", "  : :error::x\n\t: :debug::y"],
  ["a ::error::x", "a ::error::x"],
  ["a ##[group]x", "a ## [group]x"],
  [": : x", ": : x"],
];
for (const [given, safe] of lines) {
  test(`${JSON.stringify(given)} is no command`, () => assert.is(withoutCommands(given), safe));
}

test.run();
