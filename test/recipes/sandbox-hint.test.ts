import { suite } from "uvu";
import * as assert from "uvu/assert";
import { shell } from "../../lib/index.ts";
import type { App } from "../../lib/model/app.ts";
import { sandboxHintLine } from "../../recipes/sandbox-hint.ts";
import { aTarget } from "../support/target.ts";
import type { Stubs } from "./support/bash.ts";
import { makeStubs, runInBash } from "./support/bash.ts";

const test = suite<{ stubs: Stubs }>("what the sandbox has to do with a failure");
test.before.each((context) => {
  context.stubs = makeStubs({ journalctl: "" });
});
test.after.each(({ stubs }) => stubs.remove());

async function hint(said: string, stubs: Stubs, app: Partial<App> = {}): Promise<string> {
  stubs.set("journalctl", `cat <<'END'\nStarted shop.\n${said}\nEND`);
  const target = aTarget({ live: "blue", app: { ...app, destination: stubs.directory } });
  const { output } = await runInBash([shell("hint", sandboxHintLine(target, target.layout.restarts))], stubs);
  return output;
}

/** What the journal of systemd 252 and of Node, Python and Go had to say. */
const signs: readonly (readonly [string, RegExp])[] = [
  ["Error: EROFS: read-only file system, open '/opt/shop/log'", /ProtectSystem=strict.*ReadWritePaths: "\/path"/],
  [
    "OSError: [Errno 30] Read-only file system: '/opt/shop/log'",
    /ProtectSystem=strict.*state: true gives the app \/var\/lib\/shop/,
  ],
  ["listen unix: socket: address family not supported by protocol", /RestrictAddressFamilies: "AF_NAME"/],
  [
    'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
    /NoNewPrivileges, .*sandbox: false/,
  ],
  ["Error: spawn EPERM", /AmbientCapabilities: "CAP_NAME"/],
  ["Error: EACCES: permission denied, scandir '/home/deploy'", /ProtectHome: "read-only"/],
  ["shop@green.service: Main process exited, code=dumped, status=31/SYS", /SystemCallFilter: "NAME"/],
  ["shop@green.service: Main process exited, code=exited, status=226/NAMESPACE", /must exist on the host/],
  ["shop@green.service: Main process exited, code=exited, status=218/CAPABILITIES", /CapabilityBoundingSet/],
  ["shop@green.service: Main process exited, code=exited, status=238/STATE_DIRECTORY", /must be directories/],
];

for (const [said, pattern] of signs) {
  test(`its directive is named after: ${said}`, async ({ stubs }) => {
    const output = await hint(said, stubs);
    assert.match(output, pattern);
    assert.is(output.split("\n").length, 2);
  });
}

test("systemd's own exit status is surer than what the app says", async ({ stubs }) => {
  assert.match(await hint("Permission denied\nexited, status=226/NAMESPACE", stubs), "must exist");
});

test("an app that has its own directory is told so", async ({ stubs }) => {
  assert.match(await hint("EROFS", stubs, { state: true }), "/var/lib/shop is the app's own");
});

test("nothing is said of another failure, or where there is no sandbox", async ({ stubs }) => {
  assert.is(await hint("Error: connect ECONNREFUSED 127.0.0.1:5432", stubs), "");
  assert.is(await hint("EROFS", stubs, { sandbox: false }), "");
});

test.run();
