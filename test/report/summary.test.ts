import { test } from "uvu";
import * as assert from "uvu/assert";
import { RemoteError, SessionLostError, UserError } from "../../lib/errors.ts";
import type { Failure, Outcome } from "../../lib/run/outcome.ts";
import { summary } from "../../lib/report/summary.ts";
import { newRelease, oldRelease } from "../support/target.ts";
import { advice, aFailure, aHost, anOutcome } from "./an-outcome.ts";

const show = (outcome: Outcome, columns = 80): string => summary(outcome, { ...advice, color: false, columns });
const nothing = { release: undefined, variant: undefined };

function unhealthy(host: string, output = "\u001B[31mrefused on 8002\u001B[0m\n"): Failure {
  const failure = { host, title: "wait for health", line: "curl localhost:8002", status: 7, output };
  return aFailure("health:wait", new RemoteError(failure));
}

function stuck(host: string, line: string): Failure {
  const failure = { host, title: "systemctl stop shop@green.service", line, status: 1, output: "timed out\n" };
  return aFailure("systemd:start", new RemoteError(failure), true);
}

test("a done run shows each host, what is live, and the command that goes back", () => {
  const hosts = [
    aHost("h1"),
    aHost("prod-02", { seconds: 62, bytes: 512 }),
    aHost("h3", { from: nothing, to: { release: newRelease.id, variant: "blue" } }),
  ];
  assert.is(
    show(anOutcome(hosts)),
    `h1       v1.0 (blue) → v1.1 (green)      4.2 s  1.3 MB sent
prod-02  v1.0 (blue) → v1.1 (green)  1 min 2 s   512 B sent
h3       nothing     → v1.1 (blue)       4.2 s  1.3 MB sent

Done in 4.5 s: v1.1 is live on h1, prod-02, h3.

To roll back: bgdeploy rollback production
`,
  );
});

test("many hosts that kept the old version are the others, once those that did not are named", () => {
  const names = Array.from({ length: 14 }, (_, index) => `h${index + 1}`);
  const hosts = names.map((name, index) => aHost(name, { end: index < 4 ? "live" : "untouched", bytes: 0 }));
  assert.match(
    show({ ...anOutcome(hosts), exitCode: 3 }),
    "v1.1 is live on h1, h2, h3, h4.\nv1.0 (blue) is still live on the other 10 hosts.\n",
  );
});

test("a restart leaves each host its own release, and its way back is no rollback", () => {
  const again = { release: oldRelease.id, variant: "green" } as const;
  const text = summary(anOutcome([aHost("h1", { bytes: 0 }), aHost("h2", { to: again, bytes: 0 })]), {
    ...advice,
    action: "restart",
    color: false,
    columns: 80,
  });
  assert.is(
    text,
    `h1  v1.0 (blue) → v1.1 (green)  4.2 s
h2  v1.0 (blue) → v1.0 (green)  4.2 s

Done in 4.5 s: v1.1 is live on h1; v1.0 is live on h2.
`,
  );
});

test("a restart that left something to mend is mended by a restart, not by a deploy", () => {
  const hosts = [aHost("h1", { end: "mend", failures: [stuck("h1", "x")] })];
  const text = summary(anOutcome(hosts, { exitCode: 3 }), { ...advice, action: "restart", color: false, columns: 80 });
  assert.match(text, "To inspect: bgdeploy restart production --dry-run\nTo repair: bgdeploy restart production\n");
});

test("after a first deploy there is nothing to go back to, and without an upload nothing was sent", () => {
  assert.is(
    show(anOutcome([aHost("h1", { from: nothing, bytes: 0 })])),
    "h1  nothing → v1.1 (green)  4.2 s\n\nDone in 4.5 s: v1.1 is live on h1.\n",
  );
});

test("on a narrow terminal the columns of a host stand below each other", () => {
  assert.is(
    show(anOutcome([aHost("h1")]), 40),
    `h1
  v1.0 (blue) → v1.1 (green)
  4.2 s, 1.3 MB sent

Done in 4.5 s: v1.1 is live on h1.

To roll back: bgdeploy rollback production
`,
  );
  assert.match(show(anOutcome([aHost("h1")]), 24), "h1\n  v1.0 (blue)\n  → v1.1 (green)\n  4.2 s");
});

test("more than twenty hosts with the same end share a row, others keep theirs", () => {
  const many = Array.from({ length: 48 }, (_, index) => aHost(`h${index}`, { seconds: 4 + index / 47 }));
  const hosts = [...many, aHost("new", { from: nothing })];
  assert.is(
    show(anOutcome(hosts)),
    `48 hosts  v1.0 (blue) → v1.1 (green)  4.0 s to 5.0 s  62.4 MB sent
new       nothing     → v1.1 (green)           4.2 s   1.3 MB sent

Done in 4.5 s: v1.1 is live on all 49 hosts.

To roll back: bgdeploy rollback production
`,
  );
});

test("a failed run says what is still live, and the same failure once for all hosts", () => {
  const hosts = [
    aHost("h1", { end: "undone", failures: [unhealthy("h1")] }),
    aHost("h2", { end: "undone", failures: [unhealthy("h2")] }),
    aHost("h3", { end: "untouched", from: nothing, seconds: 0, bytes: 0 }),
  ];
  assert.is(
    show(anOutcome(hosts, { exitCode: 1 })),
    `h1  v1.0 (blue)  undone     4.2 s  1.3 MB sent
h2  v1.0 (blue)  undone     4.2 s  1.3 MB sent
h3  nothing      untouched  0.0 s     0 B sent

Failed and undone.
v1.0 (blue) is still live on h1, h2.
Nothing is live on h3.

h1, h2: health:wait: wait for health failed with status 7
    refused on 8002
    To inspect: bgdeploy logs production --only h1 --variant green -n 50
`,
  );
});

test("where the hosts said different things about the same failure, one of them is quoted by name", () => {
  const hosts = ["h1", "h2"].map((host) =>
    aHost(host, { end: "undone", failures: [unhealthy(host, `pid of ${host}\n`)] }),
  );
  const lines = show(anOutcome(hosts, { exitCode: 1 })).split("\n");
  assert.equal(lines.slice(6, 8), [
    "h1, h2: health:wait: wait for health failed with status 7 (output of h1)",
    "    pid of h1",
  ]);
});

test("an undo that failed comes after what it tried to undo, with what is left to mend and how", () => {
  const hosts = [
    aHost("h1", { end: "mend", failures: [unhealthy("h1"), stuck("h1", "sudo systemctl stop shop@green.service")] }),
    aHost("h2", { end: "mend", failures: [aFailure("upload:send", new SessionLostError("h2", "Broken pipe"))] }),
    aHost("h3", { end: "undone" }),
  ];
  const ssh = ["ssh", "-F", "infra/ssh_config"];
  assert.is(
    summary(anOutcome(hosts, { exitCode: 3 }), {
      app: "shop",
      program: "bgdeploy",
      nginx: "nginx.service",
      action: "run",
      flags: [],
      typed: [],
      ssh,
      color: false,
      columns: 80,
    }),
    `h1  v1.0 (blue) or v1.1 (green)  needs repair  4.2 s  1.3 MB sent
h2  v1.0 (blue) or v1.1 (green)  needs repair  4.2 s  1.3 MB sent
h3  v1.0 (blue)                  undone        4.2 s  1.3 MB sent

Failed: repair needed on h1, h2.
v1.0 (blue) is still live on h3.
Could not verify on h1, h2 which version serves: v1.0 (blue) or v1.1 (green).

h1: health:wait: wait for health failed with status 7
    refused on 8002
    To inspect: bgdeploy logs production --only h1 --variant green -n 50
h2: upload:send: the connection was lost (Broken pipe)
    To inspect: ssh -F infra/ssh_config h2 uptime
h1: undo of systemd:start: systemctl stop shop@green.service failed with status 1
    timed out
    To finish by hand: ssh -F infra/ssh_config h1 'sudo systemctl stop shop@green.service'

The next run checks each host's actual state and repairs it before deploying.
To inspect: bgdeploy plan production
To repair: bgdeploy run production
`,
  );
});

test("what serves is told by what the hosts say at the end: nothing, another run's release, or the new one after all", () => {
  const blue = { release: oldRelease.id, variant: "blue" } as const;
  const green = { release: newRelease.id, variant: "green" } as const;
  const fine = { isProven: true, trouble: undefined };
  const ends = (...hosts: readonly Parameters<typeof aHost>[1][]): readonly string[] => {
    const all = hosts.map((host, index) => aHost(`h${index + 1}`, host));
    return show(anOutcome(all, { exitCode: all.some(({ end }) => end === "mend") ? 3 : 1 }))
      .split("\n\n")
      .slice(1)
      .flatMap((block) => block.split("\n"))
      .filter((line) => line !== "");
  };
  assert.equal(ends({ end: "undone", now: { ...blue, isProven: true, trouble: "nginx is not running" } }), [
    "Failed and undone.",
    "NOTHING IS SERVED on h1: nginx is not running. v1.0 (blue) is the live version there.",
  ]);
  const other = { release: "2025_06_01T00_00_00-v2.0", variant: "blue", ...fine } as const;
  assert.equal(ends({ end: "mend", now: other }), [
    "Failed: repair needed on h1.",
    "v2.0 (blue) is live on h1: another run has changed it since.",
    "To inspect: bgdeploy status production",
    "Deploy again only if the live version is not the one you want.",
  ]);
  assert.equal(
    ends(
      { end: "mend", now: { ...green, ...fine } },
      { end: "mend", now: { ...green, isProven: false, trouble: undefined } },
    ).slice(1, 3),
    ["v1.1 (green) is live on h1.", "Could not verify on h2 which version serves: v1.0 (blue) or v1.1 (green)."],
  );
});

test("of a long output the first and the last line are shown", () => {
  const output = "not healthy after 30 s: nothing listens on 8002\nThe last lines:\nstarting\n\nout of memory\n";
  const host = aHost("h1", { end: "undone", failures: [unhealthy("h1", output)] });
  assert.equal(
    show(anOutcome([host], { exitCode: 1 }))
      .split("\n")
      .slice(5),
    [
      "h1: health:wait: wait for health failed with status 7",
      "    not healthy after 30 s: nothing listens on 8002",
      "    … out of memory",
      "    To inspect: bgdeploy logs production --only h1 --variant green -n 50",
      "",
    ],
  );
});

test("a masked or long line is not offered for typing", () => {
  const host = aHost("h1", { end: "mend", failures: [stuck("h1", "TOKEN=[secret] stop")] });
  assert.not.match(show(anOutcome([host], { exitCode: 3 })), "By hand");
});

test("an incomplete run is live, tells what failed, and how to go back", () => {
  const host = aHost("h1", { failures: [aFailure("hooks:post", new Error("the announcement failed\nreason: 503"))] });
  const text = show(anOutcome([host], { exitCode: 5 })).replace(/ {4}at .*\n/, "    at …\n");
  assert.is(
    text,
    `h1  v1.0 (blue) → v1.1 (green)  4.2 s  1.3 MB sent

Incomplete: v1.1 is live on h1, but a later step failed.

h1: hooks:post: the announcement failed
    reason: 503
    at …
    To retry: bgdeploy run production --verbose

To roll back: bgdeploy rollback production
`,
  );
});

test("an interrupted run says what it put back", () => {
  const hosts = [aHost("h1", { end: "undone" }), aHost("h2", { end: "untouched" })];
  assert.is(
    show(anOutcome(hosts, { exitCode: 130, interrupted: true })),
    `h1  v1.0 (blue)  undone     4.2 s  1.3 MB sent
h2  v1.0 (blue)  untouched  4.2 s  1.3 MB sent

Interrupted and undone.
v1.0 (blue) is still live on h1, h2.
`,
  );
});

test("a failure takes four lines at most", () => {
  const error = new UserError(["h1: the disk is full.", "a", "b", "c", "d"]);
  const host = aHost("h1", { end: "untouched", failures: [aFailure("upload:send", error)] });
  assert.is(
    show(anOutcome([host], { exitCode: 1 })),
    `h1  v1.0 (blue)  untouched  4.2 s  1.3 MB sent

Failed: nothing was changed.
v1.0 (blue) is still live on h1.

h1: upload:send: the disk is full.
    a
    b
    … and 2 more
`,
  );
});

test("colours are there when asked for, and only then", () => {
  const coloured = summary(anOutcome([aHost("h1")]), { ...advice, color: true, columns: 80 });
  assert.match(coloured, "\u001B[32mDone in 4.5 s: v1.1 is live on h1.\u001B[39m");
  assert.not.match(show(anOutcome([aHost("h1")])), "\u001B");
});

test("the way back is the one to type: for the same hosts, and after a rollback by its name", () => {
  const style = { ...advice, color: false, columns: 80, flags: ["--only", "h1"] };
  const outcome = anOutcome([aHost("h1")]);
  const last = (text: string): string | undefined => text.trimEnd().split("\n").at(-1);
  assert.is(last(summary(outcome, style)), "To roll back: bgdeploy rollback production --only h1");
  assert.is(
    last(summary(outcome, { ...style, action: "rollback" })),
    `To roll back: bgdeploy rollback production --only h1 --to ${oldRelease.id}`,
  );
});

test("who deploys without a config is told nothing that needs one, and no value of the command line", () => {
  const style = { ...advice, action: "deploy", color: false, columns: 80 } as const;
  const failure = aFailure("upload:send", new Error("no room"));
  const mend = anOutcome([aHost("h1", { end: "mend", failures: [failure] })], { exitCode: 3 });
  const lines = summary(mend, style).trim().split("\n");
  assert.ok(lines.includes("    To retry: the same command line with --verbose"));
  assert.equal(lines.slice(-2), [
    "To inspect: the same command line with --dry-run",
    "To repair: the same command line again",
  ]);
  assert.match(
    summary(anOutcome([aHost("h1")]), style),
    "\nTo roll back: bgdeploy init --from '<this command line>', then bgdeploy rollback production\n",
  );
});

test.run();
