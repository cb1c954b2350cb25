import { nginxService } from "../model/nginx.ts";
import type { Config } from "../config/resolved.ts";
import { hiddenIn } from "../model/app.ts";
import { maskSecrets } from "../model/secret.ts";
import { ciReporter } from "../report/ci.ts";
import type { Level } from "../report/plain.ts";
import { plainReporter } from "../report/plain.ts";
import type { Advice, Reporter, Screen } from "../report/reporter.ts";
import { treeReporter } from "../report/tree.ts";
import type { Emit } from "../run/event.ts";
import type { Draw } from "../run/list.ts";
import { drawWithListr } from "../run/list.ts";
import type { Moment } from "../run/moment.ts";
import { nextMoment } from "../run/moment.ts";
import type { Outcome } from "../run/outcome.ts";
import { ciOf } from "./ci.ts";
import type { Intent } from "./intent.ts";
import { programOf } from "./program-name.ts";
import type { World } from "./world.ts";

export type RunReporter = {
  readonly emit: Emit;
  /** Runs the lists of a run, and draws them on a terminal. */
  readonly draw: Draw;
  /** Says something beside what is shown: on stderr, or in the tree. */
  readonly say: (text: string) => void;
  /** Where the run is. */
  readonly moment: () => Moment;
  end(outcome: Outcome): void;
};

/** A tree on a terminal; timed lines in a pipe, or where every command is to be seen; events with `--json`. */
export function makeReporter(intent: Intent, world: World, config: Config): RunReporter {
  const level = levelOf(intent);
  const isTree = !world.json && world.stdout.isTerminal && level === "normal" && !intent.switches.has("plain");
  const { stdout } = world;
  const board = {
    get rows() {
      return stdout.rows;
    },
    get columns() {
      return stdout.columns;
    },
    now: world.now,
  };
  const drawing = drawWithListr(isTree ? board : undefined);
  const reporter = chooseReporter(intent, world, config, isTree);
  let moment: Moment = "before";
  return {
    emit(happening) {
      moment = nextMoment(moment, happening);
      reporter.on({ at: world.now(), ...happening });
    },
    draw: drawing.draw,
    say(text) {
      if (!drawing.notice(text.trim())) world.stderr.write(`\n${text}`);
    },
    moment: () => moment,
    end: (outcome) => reporter.end(outcome),
  };
}

export function levelOf({ switches }: Pick<Intent, "switches">): Level {
  return switches.has("verbose") ? "verbose" : switches.has("quiet") ? "quiet" : "normal";
}

function chooseReporter(intent: Intent, world: World, config: Config, isTree: boolean): Reporter {
  const advice = adviceOf(intent, config, world);
  const { json, stdout } = world;
  if (json) return { on: (event) => json.on(event), end: (outcome) => json.conclude(outcome, advice) };
  const secrets = config.hosts.flatMap(({ app }) => hiddenIn(app));
  // The other commands that run steps have no summary.
  const ci = ["run", "rollback", "deploy"].includes(intent.verb) ? ciOf(world) : undefined;
  const mask = (text: string): string => maskSecrets(text, secrets);
  const screen: Screen = {
    color: stdout.color || (ci?.color === true && stdout.seal),
    get columns() {
      return stdout.columns;
    },
    // What a hook throws, or an app says as it dies, may hold what it was given.
    write: (text) => stdout.write(mask(text)),
    command: (text) => stdout.command(text),
  };
  if (isTree) return treeReporter(screen, advice);
  if (!ci) return plainReporter(screen, advice, levelOf(intent));
  return ciReporter({ ci: ci.kind, screen, mask, summarize: ci.summarize }, advice, levelOf(intent));
}

function adviceOf(intent: Intent, config: Config, { env, json }: World): Advice {
  const { configFile, flags } = config.ssh;
  return {
    app: config.hosts[0].app.name,
    // A program that reads JSON knows how it started this one.
    program: json ? "bgdeploy" : programOf(env),
    nginx: nginxService(config.hosts[0].app.nginx),
    action: actionOf(intent),
    flags: choiceOf(intent),
    typed: typedIn(intent),
    ssh: ["ssh", ...(configFile === undefined ? [] : ["-F", configFile]), ...flags],
  };
}

/** The flags as they were typed, but how loud to be; without values that may be secret. */
export function typedIn({ values, switches }: Intent): readonly string[] {
  return [
    ...Object.entries(values).flatMap(([name, all]) => all.flatMap((value) => [`--${name}`, shownValue(name, value)])),
    ...[...switches].filter((name) => name !== "quiet" && name !== "verbose").map((name) => `--${name}`),
  ];
}

/** `-e KEY=VALUE` may give a password. */
function shownValue(name: string, value: string): string {
  return name === "env" ? value.replace(/=.*/s, "=…") : value;
}

function actionOf({ verb }: Intent): Advice["action"] {
  return verb === "rollback" || verb === "deploy" || verb === "restart" ? verb : "run";
}

/** The flags that chose config and hosts; hosts that joined are all that a further command should meet. */
export function choiceOf({ values }: Intent): readonly string[] {
  const flag = (name: string, from = name): readonly string[] =>
    (values[from] ?? []).flatMap((value) => [`--${name}`, value]);
  return [...flag("config"), ...flag("only"), ...flag("only", "join"), ...flag("except"), ...flag("role")];
}
