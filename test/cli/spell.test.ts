import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseArgv } from "../../lib/cli/argv.ts";
import { deployFlags } from "../../lib/cli/deploy-flags.ts";
import { flags } from "../../lib/cli/flags.ts";
import type { Verb } from "../../lib/cli/verb.ts";
import { UserError } from "../../lib/errors.ts";

const load: Verb["load"] = () => Promise.reject(new Error("not to be called"));
const verbs: readonly Verb[] = [
  {
    name: "deploy",
    group: "Deploy",
    help: "deploy",
    stage: false,
    words: "<word…>",
    flags: [...deployFlags, flags.verbose, flags.quiet],
    load,
  },
];

type Read = {
  readonly words: readonly string[];
  readonly values?: object;
  readonly pairs?: object;
  readonly switches?: readonly string[];
};

function parse(line: string | readonly string[]): Read | readonly string[] {
  const argv = ["deploy", ...(typeof line === "string" ? line.split(" ") : line)];
  try {
    const parsed = parseArgv(argv, verbs);
    if (parsed.kind !== "intent") return [parsed.kind];
    const { words, values, pairs, switches } = parsed.intent;
    return { words, values, pairs, switches: [...switches] };
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

const read = (words: readonly string[], more: Partial<Read> = {}): Read => ({
  words,
  values: {},
  pairs: {},
  switches: [],
  ...more,
});

const understood: readonly (readonly [string | readonly string[], Read])[] = [
  ["dist v1.0 h1 h2", read(["dist", "v1.0", "h1", "h2"])],
  ["dist 007 h1", read(["dist", "007", "h1"])],
  ["--health-check 1.10 0x10 1e3", read(["1.10", "0x10", "1e3"], { switches: ["health-check"] })],
  ["dist --health-check true h1", read(["dist", "true", "h1"], { switches: ["health-check"] })],
  ["dist -vq 007 h1", read(["dist", "007", "h1"], { switches: ["verbose", "quiet"] })],
  ["-v a --verbose b", read(["a", "b"], { switches: ["verbose"] })],
  ["-e A 1 dist", read(["dist"], { pairs: { environment: [["A", "1"]] } })],
  [
    "-e A 1 dist --environment B -1 v1",
    read(["dist", "v1"], {
      pairs: {
        environment: [
          ["A", "1"],
          ["B", "-1"],
        ],
      },
    }),
  ],
  [["-e", "A", "", "dist"], read(["dist"], { pairs: { environment: [["A", ""]] } })],
  [["-e", "A", "a b=c\n--d", "dist"], read(["dist"], { pairs: { environment: [["A", "a b=c\n--d"]] } })],
  ["-e A --unknown dist", read(["dist"], { pairs: { environment: [["A", "--unknown"]] } })],
  ["--environment=A=--health-check dist", read(["dist"], { pairs: { environment: [["A", "--health-check"]] } })],
  ["-e=A=b=c dist", read(["dist"], { pairs: { environment: [["A", "b=c"]] } })],
  [
    "-p blue 8000 -p green 9000 dist",
    read(["dist"], {
      pairs: {
        port: [
          ["blue", "8000"],
          ["green", "9000"],
        ],
      },
    }),
  ],
  [
    ["--ssh-flags", "-F infra/ssh_config", "dist"],
    read(["dist"], { values: { "ssh-flags": ["-F infra/ssh_config"] } }),
  ],
  [["-F", "-F a", "-F", "-v", "dist"], read(["dist"], { values: { "ssh-flags": ["-F a", "-v"] } })],
  ["-Finfra/a=b dist", read(["dist"], { values: { "ssh-flags": ["infra/a=b"] } })],
  [["-F=-F a", "dist"], read(["dist"], { values: { "ssh-flags": ["-F a"] } })],
  [["-F", "", "dist"], read(["dist"], { values: { "ssh-flags": [""] } })],
  ["--exec-flags --help dist", read(["dist"], { values: { "exec-flags": ["--help"] } })],
  ["--exec-flags=--no-color dist", read(["dist"], { values: { "exec-flags": ["--no-color"] } })],
  ["--exec-flags -vq dist", read(["dist"], { values: { "exec-flags": ["-vq"] } })],
  ["--app-name 007 dist", read(["dist"], { values: { "app-name": ["007"] } })],
  ["dist -- -e -p --health-check", read(["dist", "-e", "-p", "--health-check"])],
];

for (const [line, intent] of understood) {
  test(`\`deploy ${typeof line === "string" ? line : JSON.stringify(line)}\` is understood`, () =>
    assert.equal(parse(line), intent));
}

const refused: readonly (readonly [string, readonly string[]])[] = [
  ["dist v1 h1 -e", ["-e needs two words: -e KEY VALUE"]],
  ["dist v1 h1 -e KEY", ["-e KEY: the VALUE is missing: -e KEY VALUE"]],
  ["-e KEY=secret dist v1 h1", ["-e KEY=…: write it as two words: -e KEY VALUE"]],
  [
    "-e KEY --health-check dist v1 h1",
    ["-e KEY: the VALUE is missing, --health-check follows. Where it is meant: --environment=KEY=--health-check"],
  ],
  ["-e --health-check dist v1 h1", ["-e needs two words: -e KEY VALUE. Found --health-check"]],
  ["--environment=KEY dist v1 h1", ["-e KEY: the VALUE is missing: -e KEY VALUE"]],
  ["-p blue", ["-p blue: the PORT is missing: -p VARIANT PORT"]],
  ["dist --ssh-flags", ["--ssh-flags needs a value: --ssh-flags FLAGS"]],
  ["--app-name -e A 1 dist v1 h1", ["--app-name needs a value: --app-name NAME"]],
  [
    "--helth-check -e A 1 dist",
    ["deploy has no flag --helth-check. Did you mean --health-check? Type: bgdeploy deploy --help"],
  ],
];

for (const [line, problems] of refused) {
  test(`\`deploy ${line}\` is refused`, () => assert.equal(parse(line), problems));
}

test.run();
