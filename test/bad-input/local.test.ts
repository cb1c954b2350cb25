import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bgdeploy } from "../support/bgdeploy.ts";

/** What is typed and written wrongly, and what the program says of it. `$DIR` is the project's directory. */
type Case = {
  readonly words?: readonly string[];
  /** The object that the config exports; or, with `file`, the whole config. */
  readonly config?: string;
  readonly file?: string | undefined;
  readonly dist?: "missing" | "empty" | "no program" | "no bit" | "windows" | "a file";
  readonly says: string;
};

const fine = 'app: "shop", version: "v1", stages: { production: { hosts: ["h1.invalid"] } }';
const withKey = (text: string): string =>
  `app: "shop", version: "v1", ${text}, stages: { production: { hosts: ["h1.invalid"] } }`;
const nameRule = "may contain only letters, digits, _ and -, and must not start with -";
const versionRule = "may contain only letters, digits and . _ + -, and must not start with . or -";

const cases: Readonly<Record<string, Case>> = {
  "an unknown stage": {
    words: ["run", "prodution"],
    says: 'no stage "prodution" in deploy.config.ts. Did you mean "production"? It has: production',
  },
  "an unknown flag": {
    words: ["run", "production", "--onyl", "h1"],
    says: "run has no flag --onyl. Did you mean --only? Type: bgdeploy run --help",
  },
  "a flag without its value": {
    words: ["run", "production", "--version"],
    says: "--version needs a value: --version V",
  },
  "a word too many": {
    words: ["run", "production", "staging"],
    says: 'run: unexpected argument "staging". Usage: bgdeploy run [<stage>]',
  },
  "no config": {
    file: undefined,
    says: "there is no deploy.config.ts (or .mts, .js, .mjs) in $DIR.\nCreate one with `bgdeploy init`, or pass --config FILE.",
  },
  "a config that is named and not there": {
    words: ["run", "production", "--config", "nope.ts"],
    says: 'there is no config file "nope.ts" ($DIR/nope.ts)',
  },
  "a syntax error": {
    file: "export default {\n  app: 'shop'\n  stages: {}\n};\n",
    says: "deploy.config.ts:3:3: syntax error: Expected ',', got 'ident'",
  },
  "a config that throws": {
    file: "const text = undefined;\nexport default { app: text.trim() };\n",
    says: "deploy.config.ts:2:28: TypeError: Cannot read properties of undefined (reading 'trim')",
  },
  "a config that exports nothing": {
    file: "export const app = 1;\n",
    says: "deploy.config.ts has no default export. Write: export default defineConfig({ … })",
  },
  "wrong types, all at once": {
    config: 'app: 5, ports: { blue: "8001" }, stages: { production: { hosts: "h1" } }',
    says: 'app: expected a name, found 5\nports.blue: expected a whole number from 1 to 65535, found "8001"\nstages.production.hosts: expected a list of hosts, found "h1"',
  },
  "an unknown key": {
    config: withKey('destinaton: "/opt/x"'),
    says: 'destinaton: unknown key. Did you mean "destination"?',
  },
  ...Object.fromEntries(
    ["a/b", "a b", "it's", 'a"b', "$(id)", "a\nb", "-a"].flatMap((word) => {
      const shown = JSON.stringify(word);
      return [
        [
          `an app called ${shown}`,
          {
            config: `app: ${shown}, version: "v1", stages: { production: { hosts: ["h1.invalid"] } }`,
            says: `app: ${shown} ${nameRule}`,
          },
        ],
        [
          `an executable called ${shown}`,
          { config: withKey(`exec: { name: ${shown} }`), says: `exec.name: ${shown} ${nameRule}` },
        ],
        [
          `a version of ${shown}`,
          { words: ["run", "production", `--version=${word}`], says: `--version: ${shown} ${versionRule}` },
        ],
      ] as const;
    }),
  ),
  "port 0": {
    config: withKey("ports: { blue: 0 }"),
    says: "ports.blue: expected a whole number from 1 to 65535, found 0",
  },
  "port 65536": {
    config: withKey("ports: { green: 65536 }"),
    says: "ports.green: expected a whole number from 1 to 65535, found 65536",
  },
  "one port for both": {
    config: withKey("ports: { blue: 9000, green: 9000 }"),
    says: "ports: blue and green are both 9000, but both run during a deploy. Use two different ports",
  },
  "a port that is the other's default": {
    config: withKey("ports: { green: 8001 }"),
    says: "ports: blue and green are both 8001, but both run during a deploy. Use two different ports",
  },
  "a relative destination": {
    config: withKey('destination: "opt/shop"'),
    says: 'destination: "opt/shop" must be an absolute path, such as "/opt/shop"',
  },
  "the whole host as destination": {
    config: withKey('destination: "/"'),
    says: 'destination: "/" is the root of the file system. Use a directory of the app\'s own, such as "/opt/shop"',
  },
  "a destination with a quote": {
    config: withKey(`destination: "/opt/it's"`),
    says: `destination: "/opt/it's" may contain only letters, digits and . _ + - /`,
  },
  "a build that is not there": {
    dist: "missing",
    says: "dist: $DIR/dist does not exist. Build the app first, or pass another directory with --dist",
  },
  "an empty build": { dist: "empty", says: "dist: $DIR/dist is empty. Build the app first" },
  "a build that is a file": { dist: "a file", says: "dist: $DIR/dist is not a directory" },
  "a build without its program": {
    dist: "no program",
    says: 'dist: there is no bin/shop in $DIR/dist. Build the app, or set its program with exec: { name: "…" }',
  },
  "a program without its bit": {
    dist: "no bit",
    says: "dist: $DIR/dist/bin/shop is not executable. Type: chmod +x $DIR/dist/bin/shop",
  },
  "a script that Windows has written": {
    config: withKey('pre: "dist/bin/windows.sh"'),
    dist: "windows",
    says: `the script $DIR/dist/bin/windows.sh has Windows line endings (CR LF), which Linux reads as part of each line. Prevent them with a .gitattributes that contains "* text=auto eol=lf". To fix this file: perl -pi -e 's/\\r$//' $DIR/dist/bin/windows.sh`,
  },
  "a variable that is no pair": {
    words: ["run", "production", "-e", "NAME"],
    says: "--env NAME: expected KEY=VALUE",
  },
  "a secret that is not set": {
    config: withKey('secrets: ["BGDEPLOY_TEST_SECRET"]'),
    says: "secrets: not set in this environment, or empty: BGDEPLOY_TEST_SECRET. Export it and run again",
  },
  "an ssh_config that is not there": {
    config: withKey('sshConfig: "infra/ssh_config"'),
    says: 'sshConfig: "infra/ssh_config" does not exist',
  },
  "a host that the stage does not have": {
    words: ["run", "production", "--only", "h9"],
    says: '--only h9: no such host in stage "production". It has: h1.invalid',
  },
};

const test = suite("bad input on this machine");

for (const [name, { words = ["run", "production"], config = fine, dist, says, ...rest }] of Object.entries(cases)) {
  test(`${name} is a sentence, and exit code 2`, async () => {
    const directory = await mkdtemp(join(tmpdir(), "bgdeploy-bad-"));
    try {
      const file =
        "file" in rest
          ? rest.file
          : `import { defineConfig } from "bgdeploy";\nexport default defineConfig({ ${config} });\n`;
      if (file !== undefined) await writeFile(join(directory, "deploy.config.ts"), file);
      await mkdir(join(directory, ".git"));
      await build(join(directory, "dist"), dist);
      const { code, stdout, stderr } = await bgdeploy(words, { cwd: directory, env: { HOME: directory } });
      const lines = says.split("\n").map((line) => `bgdeploy: ${line}\n`);
      assert.equal(
        { code, stderr: stderr.replaceAll(directory, "$DIR"), stdout },
        { code: 2, stderr: lines.join(""), stdout: "" },
      );
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}

test("an unknown command is a sentence with what there is", async () => {
  const { code, stderr } = await bgdeploy(["rnu", "production"], { cwd: tmpdir() });
  assert.match(stderr, /^bgdeploy: unknown command "rnu"\. Did you mean "run"\? It has: run, plan, /);
  assert.is(code, 2);
});

test.run();

async function build(dist: string, what: Case["dist"]): Promise<void> {
  if (what === "missing") return;
  if (what === "a file") return writeFile(dist, "");
  await mkdir(join(dist, "bin"), { recursive: true });
  if (what === "empty") return;
  const program = join(dist, what === "no program" ? "bin/other" : "bin/shop");
  await writeFile(program, "#!/bin/sh\n");
  if (what === "windows") await writeFile(join(dist, "bin/windows.sh"), "set -eu\r\nmigrate\r\n");
  await chmod(program, what === "no bit" ? 0o644 : 0o755);
}
