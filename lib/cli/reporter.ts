import type { Config } from "../config/resolved.ts";
import { maskSecrets } from "../model/secret.ts";
import type { Level } from "../report/plain.ts";
import { plainReporter } from "../report/plain.ts";
import type { Advice } from "../report/reporter.ts";
import { treeReporter } from "../report/tree.ts";
import type { Emit } from "../run/event.ts";
import type { Outcome } from "../run/outcome.ts";
import type { Intent } from "./intent.ts";
import type { World } from "./world.ts";

export type RunReporter = { readonly isTree: boolean; readonly emit: Emit; end(outcome: Outcome): void };

/** A tree on a terminal; timed lines in a pipe, or where every command is to be seen. */
export function makeReporter(intent: Intent, world: World, config: Config): RunReporter {
  const level: Level = intent.switches.has("verbose") ? "verbose" : intent.switches.has("quiet") ? "quiet" : "normal";
  const isTree = world.stdout.isTerminal && level === "normal" && !intent.switches.has("plain");
  const { configFile, flags } = config.ssh;
  const advice = {
    app: config.hosts[0].app.name,
    action: actionOf(intent),
    flags: choiceOf(intent),
    ssh: ["ssh", ...(configFile === undefined ? [] : ["-F", configFile]), ...flags],
  };
  const secrets = config.hosts.flatMap(({ app }) => Object.values(app.env));
  const { stdout } = world;
  const screen = {
    color: stdout.color,
    get columns() {
      return stdout.columns;
    },
    // What a hook throws, or an app says as it dies, may hold what it was given.
    write: (text: string) => stdout.write(maskSecrets(text, secrets)),
  };
  const reporter = isTree ? treeReporter(screen, advice) : plainReporter(screen, advice, level);
  return {
    isTree,
    emit: (happening) => reporter.on({ at: world.now(), ...happening }),
    end: (outcome) => reporter.end(outcome),
  };
}

function actionOf({ verb }: Intent): Advice["action"] {
  return verb === "rollback" || verb === "deploy" ? verb : "run";
}

/** The flags that chose config and hosts; hosts that joined are all that a further command should meet. */
function choiceOf({ values }: Intent): readonly string[] {
  const flag = (name: string, from = name): readonly string[] =>
    (values[from] ?? []).flatMap((value) => [`--${name}`, value]);
  return [...flag("config"), ...flag("only"), ...flag("only", "join"), ...flag("except"), ...flag("role")];
}
