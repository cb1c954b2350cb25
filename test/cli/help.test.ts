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
    `bgdeploy releases an app to plain Linux hosts (systemd + nginx), blue-green, without a lost request.

    bgdeploy run production

  Deploy:
    run <stage>  deploy to all hosts of a stage
  Prepare:
    init         write a first config

  bgdeploy <command> --help  what it does and its flags
  bgdeploy --version         the version

Exit codes: 0 done · 1 failed, the old version is live everywhere · 2 usage or config, nothing was touched ·
3 failed and something is left to mend · 4 locked · 5 live, but a later step failed · 130 interrupted and undone
`,
  );
});

test("the help of a command lists its flags", () => {
  assert.is(
    verbHelp(run),
    `bgdeploy run <stage> [flags]

Deploy to all hosts of a stage.

  -e, --env KEY=VALUE …  set a variable of the service
      --only HOST …      these hosts of the stage only; a name or a glob
      --dry-run          show what would be done, and do nothing
  -h, --help             show this
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
