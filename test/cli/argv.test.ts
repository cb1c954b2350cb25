import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../lib/errors.ts";
import { parseArgv } from "../../lib/cli/argv.ts";
import { flags } from "../../lib/cli/flags.ts";
import type { Verb } from "../../lib/cli/verb.ts";

const load: Verb["load"] = () => Promise.reject(new Error("not to be called"));
const verbs: readonly Verb[] = [
  {
    name: "run",
    group: "Deploy",
    help: "deploy",
    stage: true,
    flags: [flags.config, flags.only, flags.version, flags.env, flags.quiet, flags.verbose, flags.dryRun, flags.yes],
    load,
  },
  { name: "init", group: "Prepare", help: "write a first config", stage: false, flags: [], load },
  {
    name: "door",
    group: "Prepare",
    help: "open or close",
    stage: true,
    operand: "on|off",
    flags: [flags.notice],
    load,
  },
];

type Read = {
  readonly verb: string;
  readonly stage?: string | undefined;
  readonly operand?: string;
  readonly values?: object;
  readonly switches?: readonly string[];
};

/** What a command line is understood as, or the problems that it has. */
function parse(line: string | readonly string[]): Read | readonly string[] | string {
  try {
    const parsed = parseArgv(typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line, verbs);
    if (parsed.kind === "version") return "version";
    if (parsed.kind === "help") return `help of ${parsed.verb?.name ?? "all"}`;
    const { verb, stage, operand, values, switches } = parsed.intent;
    return { verb, stage, ...(operand === undefined ? {} : { operand }), values, switches: [...switches] };
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

const run = (values: object = {}, switches: readonly string[] = []): Read => ({
  verb: "run",
  stage: "production",
  values,
  switches,
});

const read: readonly (readonly [string | readonly string[], Read])[] = [
  ["run production", run()],
  ["run 007", { ...run(), stage: "007" }],
  ["init", { ...run(), verb: "init", stage: undefined }],
  ["door production on -m hello", { ...run({ message: ["hello"] }), verb: "door", operand: "on" }],
  ["door production off", { ...run(), verb: "door", operand: "off" }],
  ["run production --version 007", run({ version: ["007"] })],
  ["run production --version 1.10", run({ version: ["1.10"] })],
  ["run production --version 1e3", run({ version: ["1e3"] })],
  ["run production --version=0x10", run({ version: ["0x10"] })],
  ["run --version v1 production", run({ version: ["v1"] })],
  ["run production --only a --only b", run({ only: ["a", "b"] })],
  ["run production --only a --only 7", run({ only: ["a", "7"] })],
  ["run production -e A=1 -e B=x=y --env C=", run({ env: ["A=1", "B=x=y", "C="] })],
  [["run", "production", "-e", "A=two words\n"], run({ env: ["A=two words\n"] })],
  ["run production --yes --verbose", run({}, ["verbose", "yes"])],
  ["run production -yv", run({}, ["verbose", "yes"])],
  ["run", { ...run(), stage: undefined }],
  ["run --only a", { ...run({ only: ["a"] }), stage: undefined }],
  ["door off", { ...run(), verb: "door", stage: undefined, operand: "off" }],
  ["run --yes production", run({}, ["yes"])],
  ["run production --dry-run", run({}, ["dry-run"])],
  ["run -c infra/deploy.config.ts production", run({ config: ["infra/deploy.config.ts"] })],
  ["run -- production", run()],
];

for (const [line, intent] of read) {
  test(`\`bgdeploy ${typeof line === "string" ? line : JSON.stringify(line)}\` is understood`, () =>
    assert.equal(parse(line), intent));
}

const helps: readonly (readonly [string, string])[] = [
  ["", "help of all"],
  ["--help", "help of all"],
  ["-h", "help of all"],
  ["help", "help of all"],
  ["help run", "help of run"],
  ["help nonsense", "help of all"],
  ["run --help", "help of run"],
  ["run -h", "help of run"],
  ["run production --help", "help of run"],
  ["run --help --nonsense", "help of run"],
  ["--version", "version"],
  ["-V", "version"],
];

for (const [line, answer] of helps) test(`\`bgdeploy ${line}\` is the ${answer}`, () => assert.is(parse(line), answer));

const refused: readonly (readonly [string, readonly string[]])[] = [
  ["rnu production", ['unknown command "rnu". Did you mean "run"? It has: run, init, door']],
  ["frobnicate", ['unknown command "frobnicate". It has: run, init, door']],
  ["-v", ["no command given. Type: bgdeploy --help"]],
  ["run a b c", ['run: unexpected argument "b c". Usage: bgdeploy run [<stage>]']],
  ["door", ["door needs on or off after the stage: bgdeploy door [<stage>] on|off"]],
  ["door production", ["door needs on or off after the stage: bgdeploy door [<stage>] on|off"]],
  ["door production ajar", ["door needs on or off after the stage: bgdeploy door [<stage>] on|off"]],
  ["door production on off", ['door: unexpected argument "off". Usage: bgdeploy door [<stage>] on|off']],
  ["init x", ['init: unexpected argument "x". Usage: bgdeploy init']],
  ["run production --verison v1", ["run has no flag --verison. Did you mean --version? Type: bgdeploy run --help"]],
  ["run production -x", ["run has no flag -x. Type: bgdeploy run --help"]],
  ["run production --no-color", ["run has no flag --no-color. Type: bgdeploy run --help"]],
  ["run production --only", ["--only needs a value: --only HOST"]],
  ["run production --only --yes", ["--only needs a value: --only HOST"]],
  ["run production --only=", ["--only needs a value: --only HOST"]],
  ["run production -e", ["--env needs a value: --env KEY=VALUE"]],
  ["run production --no-only", ["run has no flag --no-only. Type: bgdeploy run --help"]],
  ["init --yes", ["init has no flag --yes. Type: bgdeploy init --help"]],
  ["run --only --bogus", ["run has no flag --bogus. Type: bgdeploy run --help", "--only needs a value: --only HOST"]],
];

for (const [line, problems] of refused) {
  test(`\`bgdeploy ${line}\` is refused, with all that is wrong`, () => assert.equal(parse(line), problems));
}

test.run();
