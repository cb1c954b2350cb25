import type { WrittenConfig } from "../config/define.ts";
import { UserError } from "../errors.ts";
import type { ShellWord } from "../model/shell-words.ts";
import { splitWords } from "../model/shell-words.ts";
import { parseArgv } from "./argv.ts";
import { readDeployLine } from "./deploy-line.ts";
import type { Verb } from "./verb.ts";

/** What a command line came to. */
export type FromLine = {
  readonly config: WrittenConfig;
  /** As it was given; a config names no release. */
  readonly version: string;
};

/**
 * The config that a command line of `raco koyo deploy`, or of our `deploy`, stands for. Pure.
 *
 * Nothing in it is executed: `-e KEY "$KEY"` becomes a secret, and a version that the shell makes is left out.
 * Throws a `UserError` for what cannot be read.
 *
 * @param directory the name of the directory that it is typed in.
 */
export function configFromLine(text: string, directory: string, verb: Verb): FromLine {
  const words = commandWords(text);
  const parsed = parseArgv([verb.name, ...words.map(({ text }) => text)], [verb]);
  if (parsed.kind !== "intent") throw new UserError("--from: this command line asks for help; pass one that deploys");
  // Whoever writes a config need not give the files to the app's user, nor accept what comes of it.
  const line = readDeployLine(parsed.intent, directory);
  const { version = "", env = {}, user: _user, appCanActAsDeployer: _accepted, ...written } = line;
  const live = new Set(words.filter(({ isLive }) => isLive).map(({ text }) => text));
  const names = Object.keys(env);
  const secrets = names.filter((name) => isOwnVariable(name, env[name], live));
  const plain = Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.includes(name)));
  const taken = new Set([version, ...secrets.map((name) => String(env[name]))]);
  const problems = [...live]
    .filter((text) => !taken.has(text))
    .map((text) => `--from: the shell would expand ${livePart(text)}. Write its value instead`);
  if (problems.length > 0) throw new UserError(problems);
  return {
    config: {
      ...written,
      app: written.app ?? directory,
      ...(Object.keys(plain).length > 0 && { env: plain }),
      ...(secrets.length > 0 && { secrets }),
    },
    version: live.has(version) ? "" : version,
  };
}

/** The words after `raco koyo deploy`, of one command. */
function commandWords(line: string): readonly ShellWord[] {
  const { words, problem } = splitWords(line.replace(/^\s*\$\s+/, ""));
  if (problem !== undefined) throw new UserError(`--from ${problem}`);
  const start = words.slice(0, 5).findIndex(({ text }) => text === "deploy");
  const tool = words[start - 1]?.text ?? "";
  if (!/^(koyo|(.*\/)?bgdeploy)$/.test(tool)) {
    throw new UserError(`--from: must start with "raco koyo deploy" or "bgdeploy deploy"`);
  }
  const operator = words.find(({ isOperator }) => isOperator);
  if (operator !== undefined)
    throw new UserError(`--from: pass a single command, without ${/[|&;<>()]+/.exec(operator.text)?.[0]}`);
  return words.slice(start + 1);
}

/** Not the whole word: what stands around it may be secret. */
function livePart(text: string): string {
  return /\$\([^)]*\)|`[^`]*`|\$\{[^}]*\}|\$\w*/.exec(text)?.[0] ?? "$";
}

/** `-e DATABASE_URL "$DATABASE_URL"`: it is in the environment of whoever deploys. */
function isOwnVariable(name: string, value: unknown, live: ReadonlySet<string>): boolean {
  return [`$${name}`, `\${${name}}`].some((each) => each === value && live.has(each));
}
