import { test } from "uvu";
import * as assert from "uvu/assert";
import { flags } from "../../lib/cli/flags.ts";
import { helpText, verbHelp } from "../../lib/cli/help.ts";
import { parseArgv } from "../../lib/cli/argv.ts";
import type { Verb } from "../../lib/cli/verb.ts";
import { verbs } from "../../lib/cli/verbs.ts";

const load: Verb["load"] = () => Promise.reject(new Error("not to be called"));
const run: Verb = {
  name: "run",
  group: "Deploy",
  help: "deploy to all hosts of a stage",
  stage: true,
  flags: [flags.env, flags.only, flags.dryRun],
  load,
};
const init: Verb = { name: "init", group: "Prepare", help: "write a first config", stage: false, flags: [], load };

test("the help of all lists the commands and the exit codes", () => {
  assert.is(
    helpText([run, init]),
    `bgdeploy deploys an app to plain Linux hosts (systemd + nginx), blue-green, without losing a request.

    bgdeploy run production

  Deploy:
    run [<stage>]  deploy to all hosts of a stage
  Prepare:
    init           write a first config

  bgdeploy <command> --help  help for a command
  bgdeploy --version         print the version

Exit codes: 0 success · 1 failed, the old version is live everywhere · 2 usage or config error, nothing changed ·
3 failed, hosts need repair · 4 locked · 5 new version is live, but a later step failed · 130 interrupted and undone
`,
  );
});

test("the help of a command lists its flags", () => {
  assert.is(
    verbHelp(run),
    `bgdeploy run [<stage>] [flags]

Deploy to all hosts of a stage.

  -e, --env KEY=VALUE …  set an environment variable of the service
      --only HOST …      only these hosts of the stage (name or glob)
      --dry-run          show what would be done; change nothing
  -h, --help             show this help
`,
  );
});

for (const verb of verbs) {
  test(`${verb.name} has a help, flags that do not clash, and its code`, async () => {
    assert.equal(parseArgv([verb.name, "--help"], verbs), { kind: "help", verb });
    assert.match(verbHelp(verb), `bgdeploy ${verb.name}`);
    const spellings = verb.flags.flatMap(({ name, short }: (typeof verb.flags)[number]) => [name, short ?? name]);
    const letters = verb.flags.flatMap(({ short }) => short ?? []);
    assert.is(new Set(letters).size, letters.length);
    assert.is(new Set(spellings).size, verb.flags.length + letters.length);
    assert.type(await verb.load(), "function");
  });
}

test("no line of a help is wider than a wide terminal", () => {
  const lines = [helpText(verbs), ...verbs.map((verb) => verbHelp(verb))].flatMap((text) => text.split("\n"));
  assert.equal(
    lines.filter((line) => line.length > 120),
    [],
  );
});

test.run();
