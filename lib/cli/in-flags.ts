import { UserError } from "../errors.ts";
import { nameStage } from "./name-stage.ts";
import { deployStage } from "./deploy-line.ts";

/** What `deploy` calls the keys of a config. */
const places: readonly (readonly [RegExp, string])[] = [
  [
    /^app: the default, the name of the config's directory, is not valid/,
    "this directory's name is not a valid app name",
  ],
  [/^app\b/, "--app-name"],
  [/^dist: /, ""],
  [/^version\b/, "<version>"],
  [/^destination\b/, "--destination"],
  [/^exec\.name\b/, "--exec-name"],
  [/^exec\.flags(\[\d+\])?|^unit\.Service\.ExecStart/, "--exec-flags"],
  [/^exec\.user\b/, "--exec-user"],
  [/^user\b/, "--user"],
  [/^group\b/, "--group"],
  [/^ports\b/, "-p"],
  [/^env\.(\w+)/, "-e $1"],
  [/^env\["(.*)"\]/, "-e $1"],
  [/^env\b/, "-e"],
  [/^envPrefix\b/, "--env-var-prefix"],
  [/^pre\b/, "--pre-script"],
  [/^post\b/, "--post-script"],
  [/^sshConfig\b|^sshFlags(\[\d+\])?/, "--ssh-flags"],
  [new RegExp(`^stages\\.${deployStage}\\.hosts\\[\\d+\\]: `), ""],
];

/** Advice to write something into a config. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/Write app: "…"/, "Add --app-name NAME"],
  [/Write exec: \{ user: "…" \}/, "Add --exec-user NAME"],
  [/Set exec: \{ user: "…" \} to another user/, "Take another --exec-user"],
  [/Leave `user` out/, "Leave --user out"],
  [/, or accept it: appCanActAsDeployer: true/, ""],
  [/Set others in the config: ports: \{ blue: (\S+), green: (\S+) \}/, "Pass -p blue $1 -p green $2"],
  [/\bWrite ports instead/, "Use -p instead"],
  [/, or set its program with exec: \{ name: "…" \}/, ", or set its program with --exec-name"],
  [/, or pass another directory with --dist/, ", or pass another directory"],
  [/Set `group` in the config/, "Add --group NAME"],
  [/Keep `destination`, or give the app another name/, "Keep --destination, or take another --app-name"],
  [/ but the config gives that port to /, " but the command line gives that port to "],
  [/; name it once in `hosts`/, "; name it once"],
];

/** An error of the config, in the words of `deploy`'s command line. */
export function inFlags(error: UserError): UserError {
  const problems = error.problems.map((problem) => withoutConfig(replaceFirst(advice, replaceFirst(places, problem))));
  return new UserError(problems, { exitCode: error.exitCode, cause: error });
}

/** Who deploys without a config can type no command that needs one, until there is one. */
export function withoutConfig(text: string): string {
  const named = nameStage(text, deployStage);
  const again = named.replace(`bgdeploy run ${deployStage}`, "the same command line again");
  if (!again.includes(` ${deployStage}`) || !/\bbgdeploy \w+ /.test(again)) return again;
  return `${again} (this needs a config: bgdeploy init --from '<this command line>')`;
}

function replaceFirst(table: readonly (readonly [RegExp, string])[], text: string): string {
  const found = table.find(([pattern]) => pattern.test(text));
  return found === undefined ? text : text.replace(found[0], found[1]);
}
