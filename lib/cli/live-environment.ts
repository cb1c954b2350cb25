import { parseEnvironmentFile } from "../model/environment-file.ts";
import { Secret } from "../model/secret.ts";
import { sh } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import { printable } from "../model/printable.ts";
import type { EnvLine } from "../plan/env-diff.ts";
import { compareEnvironments } from "../plan/env-diff.ts";
import type { EnvironmentChanges } from "../plan/explain-task.ts";
import type { Place, Survey } from "../remote/survey.ts";
import { variablesOf } from "../../recipes/environment.ts";
import { hostOf } from "./look.ts";

/** What the file of the live slot holds, or why it cannot be told; `undefined` where nothing is live. */
export type LiveEnvironment =
  | { readonly kind: "read"; readonly variables: ReadonlyMap<string, string> }
  | { readonly kind: "unread"; readonly why: string }
  | undefined;

/** A host with what its live variant was started with. */
export type LiveHost = { readonly target: Target; readonly live: LiveEnvironment };

async function readLiveEnvironment(target: Target, place: Place | undefined): Promise<LiveEnvironment> {
  if (target.live === undefined || place === undefined) return undefined;
  const path = target.layout.environment(target.live);
  const line = sh`if [ -r ${path} ]; then echo yes; cat ${path}; else stat -c %U ${path} 2>/dev/null; fi`;
  const answer = await place.connected.session.evaluate(line.raw);
  const [first = ""] = answer.split("\n");
  if (first === "yes") return { kind: "read", variables: parseEnvironmentFile(answer.slice(4)) };
  const reader = target.facts.user.name;
  const why = first === "" ? `there is no ${path}` : `${reader} cannot read ${path}, which belongs to ${first}`;
  return { kind: "unread", why };
}

/** How the environment that the next deploy writes differs from the live one. */
export function environmentLines({ target, live }: LiveHost, show: boolean): readonly EnvLine[] {
  const { app, layout, idle } = target;
  const next = variablesOf(app, layout, idle);
  const same = variablesOf(app, layout, target.live ?? idle);
  // Where nothing is live, all is new; where it cannot be read, nothing is known.
  const variables = live === undefined ? new Map<string, string>() : live.kind === "read" ? live.variables : undefined;
  return compareEnvironments({ next, same, live: variables, secrets: app.secrets }, show);
}

/** Reads the environment that each of these is live with. */
export function readLiveHosts(targets: readonly Target[], surveys: readonly Survey[]): Promise<readonly LiveHost[]> {
  return Promise.all(
    targets.map(async (target) => {
      const survey = surveys.find((each) => hostOf(each) === target.host.name);
      return { target, live: await readLiveEnvironment(target, survey?.place) };
    }),
  );
}

/** What changes in the environment of each host, secrets masked. */
export function environmentChanges(hosts: readonly LiveHost[]): EnvironmentChanges {
  return new Map(
    hosts.map((host) => {
      const { target, live } = host;
      if (live?.kind === "unread") return [target.host.name, [`(not compared: ${printable(live.why)})`]];
      const lines = environmentLines(host, false).filter(({ sign }) => sign !== " ");
      return [target.host.name, lines.map(({ sign, text }) => `${sign} ${text}`)];
    }),
  );
}

/** Those of the config, and what the hosts still have under their names. */
export function secretsOf(hosts: readonly LiveHost[]): readonly Secret[] {
  return hosts.flatMap(({ target: { app }, live }) => [
    ...Object.values(app.env).filter((value) => value instanceof Secret),
    ...app.secrets.flatMap((name) => {
      const old = live?.kind === "read" ? live.variables.get(name) : undefined;
      return old === undefined ? [] : [new Secret(old)];
    }),
  ]);
}
