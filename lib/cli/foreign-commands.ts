import { quote } from "../model/shell.ts";

/** What other tools call what one of our commands does: our words, `<stage>` where the stage goes. */
const commands: Readonly<Record<string, string>> = {
  // Kamal
  redeploy: "run <stage>",
  "app boot": "restart <stage>",
  "app start": "restart <stage>",
  "app stop": "maintenance <stage> on",
  "app maintenance": "maintenance <stage> on",
  "app live": "maintenance <stage> off",
  "app logs": "logs <stage>",
  "app exec": "exec <stage> --",
  "app details": "status <stage>",
  "app version": "status <stage>",
  "app images": "releases <stage>",
  details: "status <stage>",
  "server bootstrap": "setup <stage>",
  "server exec": "exec <stage> --",
  "lock acquire": "lock <stage>",
  "lock release": "unlock <stage>",
  "lock status": "status <stage>",
  "prune all": "prune <stage>",
  "env push": "restart <stage>",
  // Capistrano, Deployer, Mina, Shipit
  "deploy:check": "doctor <stage>",
  "deploy:rollback": "rollback <stage>",
  "deploy:revert_release": "rollback <stage>",
  "deploy:restart": "restart <stage>",
  "deploy:cleanup": "prune <stage>",
  "deploy:lock": "lock <stage>",
  "deploy:unlock": "unlock <stage>",
  "deploy:log": "audit <stage>",
  "maintenance:enable": "maintenance <stage> on",
  "maintenance:disable": "maintenance <stage> off",
  provision: "setup <stage>",
  bootstrap: "setup <stage>",
  install: "init",
  invoke: "exec <stage> --",
  console: "ssh <stage>",
  shell: "ssh <stage>",
  check: "doctor <stage>",
  history: "audit <stage>",
  revert: "rollback <stage>",
  undo: "rollback <stage>",
  tail: "logs <stage> --follow",
};

/**
 * The whole line that does here what was typed for another tool, also for one whose stage comes first; with what was typed
 * behind. `names`: our commands.
 *
 * @example ownLine(["redeploy", "production"], names) // "bgdeploy run production"
 */
export function ownLine(typed: readonly string[], names: readonly string[]): string | undefined {
  const words = withoutFlag(typed);
  const [first = "", second = "", ...others] = words;
  const one = commandOf(first);
  if (ownPair(words) !== undefined) return ownPair(words);
  if (one !== undefined) return lineOf(one, words.slice(1));
  // `cap production deploy`
  const behind = second === "deploy" ? "run <stage>" : (commandOf(second) ?? ownVerb(second, names));
  return behind === undefined || first.startsWith("-") ? undefined : lineOf(behind, others, first);
}

/** The same for two words, of which the first may be a command of ours: `lock release`. */
export function ownPair(typed: readonly string[]): string | undefined {
  const [first = "", second = "", ...others] = withoutFlag(typed);
  const own = commandOf(`${first} ${second}`);
  return own === undefined ? undefined : lineOf(own, others);
}

function commandOf(words: string): string | undefined {
  return Object.hasOwn(commands, words) ? commands[words] : undefined;
}

function ownVerb(word: string, names: readonly string[]): string | undefined {
  return names.includes(word) ? `${word} <stage>` : undefined;
}

/** Kamal's `-d production`. */
function withoutFlag(typed: readonly string[]): readonly string[] {
  return typed.filter((word) => word !== "-d" && word !== "--destination");
}

/** A command for the hosts has no stage before it elsewhere. */
function lineOf(own: string, rest: readonly string[], named?: string): string {
  const [first = "-", ...others] = rest;
  const isFirst = named === undefined && !own.endsWith(" --") && !first.startsWith("-");
  const stage = isFirst ? [first] : named === undefined ? [] : [named];
  const words = own.split(" ").flatMap((word) => (word === "<stage>" ? stage : [word]));
  return ["bgdeploy", ...words, ...(isFirst && own.includes("<stage>") ? others : rest)]
    .map((word) => quote(word))
    .join(" ");
}
