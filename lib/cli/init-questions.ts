import type { WrittenConfig } from "../config/define.ts";
import { enumerate, expandHosts } from "../config/expand.ts";
import type { Found } from "../config/found.ts";
import { knownHosts } from "../config/found.ts";
import { domainProblem, httpPathProblem, nameProblem } from "../config/names.ts";
import type { HostEntry } from "../config/settings.ts";
import { UserError } from "../errors.ts";
import { printable } from "../model/printable.ts";
import { deployStage } from "./deploy-line.ts";
import type { Intent } from "./intent.ts";
import { valueOf } from "./intent.ts";
import type { World } from "./world.ts";

/** A question: what it is about, the answer that is meant by none, and what is wrong with one. */
type Question = {
  readonly flag: string;
  readonly text: string;
  readonly fallback: string | undefined;
  readonly problem: (answer: string) => string | undefined;
};

/**
 * A first config: from the flags, else from a person, else from what was found.
 * Throws a `UserError` where nobody can be asked and nothing was found.
 */
export async function draftConfig(intent: Intent, found: Found, world: World): Promise<WrittenConfig> {
  const asks = world.interactive && !intent.switches.has("yes");
  const learn = (question: Question): Promise<string> => answerTo(question, intent, asks ? world : undefined);
  const [build] = found.builds;

  const app = await learn({
    flag: "app-name",
    text: "App name",
    fallback: found.app,
    problem: nameProblem,
  });
  const dist = await learn({
    flag: "dist",
    text: "Directory of the build to upload",
    fallback: build?.dist ?? "dist",
    problem: () => undefined,
  });
  const sshConfig = valueOf(intent, "ssh-config") ?? found.sshConfig;
  const { ssh, offered } = await knownHosts(world.cwd, sshConfig, world.home, world.env);
  if (ssh.problem !== undefined) throw new UserError(`--ssh-config: ${ssh.problem}`);
  const known = offered.length === 0 ? "" : `; in ${ssh.shown}: ${enumerate(offered)}`;
  const hosts = intent.values["host"] ?? [
    await learn({
      flag: "host",
      text: `Hosts to deploy to (ssh names, separated by spaces)${known}`,
      fallback: undefined,
      problem: (answer) =>
        splitHosts(answer).length === 0
          ? "enter at least one host name"
          : expandHosts(entriesOf(answer), ssh).problems[0],
    }),
  ];
  const domain = await learn({
    flag: "domain",
    text: "Domain of the site, such as shop.example, or `none` to answer to any name",
    fallback: "none",
    problem: (answer) => (answer === "none" ? undefined : domainProblem(answer)),
  });
  const health = await learn({
    flag: "health",
    text: "Health check: a path such as /healthz, `command` for `<bin> -c PORT`, or `port`",
    fallback: "port",
    problem: healthProblem,
  });
  const programs = found.builds.find((each) => each.dist === dist)?.programs ?? [];
  const [program] = programs;
  return {
    app,
    dist,
    ...(program !== undefined && programs.length === 1 && program !== app && { exec: { name: program } }),
    ...(domain !== "none" && { domain }),
    ...(health === "command" ? { health: { command: true } } : health !== "port" && { health: { http: health } }),
    ...(sshConfig !== undefined && { sshConfig }),
    stages: { [deployStage]: { hosts: hosts.flatMap(splitHosts) } },
  };
}

function healthProblem(answer: string): string | undefined {
  if (answer === "command" || answer === "port") return undefined;
  return answer.startsWith("/") ? httpPathProblem(answer) : "enter a path such as /healthz, or `command`, or `port`";
}

/** The flag's value; else an answer that will do; else the fallback. */
async function answerTo(
  { flag, text, fallback, problem }: Question,
  intent: Intent,
  world: World | undefined,
): Promise<string> {
  const given = valueOf(intent, flag);
  const wrong = given === undefined ? undefined : problem(given);
  if (wrong !== undefined) throw new UserError(`--${flag}: ${wrong}`);
  if (given !== undefined) return given;
  if (world === undefined) {
    if (fallback !== undefined) return fallback;
    const why = intent.switches.has("yes") ? "--yes asks no questions" : "no terminal to prompt on";
    throw new UserError(`${why}; pass --${flag}. ${text}`);
  }
  for (;;) {
    const answer = (await world.ask(`${printable(text)}${fallback === undefined ? "" : ` [${fallback}]`}: `)).trim();
    const meant = answer === "" ? fallback : answer;
    if (meant === undefined) continue;
    const why = problem(meant);
    if (why === undefined) return meant;
    world.stderr.write(`${why}\n`);
  }
}

function entriesOf(text: string): readonly HostEntry[] {
  return splitHosts(text).map((name) => ({ name, path: "" }));
}

function splitHosts(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((host) => host !== "");
}
