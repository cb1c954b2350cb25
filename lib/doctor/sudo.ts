import { here, onHost } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import { allows, asksFor, whyIgnored, wildcardRules } from "../model/sudo.ts";
import type { Finding } from "./finding.ts";
import { fine, warning, wrong } from "./finding.ts";
import type { SudoNeed } from "../model/sudo.ts";
import type { Patient } from "./patient.ts";
import { onlySetupWritesUnit } from "./unit.ts";

/** Each command that this config runs with sudo against what `sudo -n -l` lists. That there is no rule at all is said elsewhere. */
export function sudoFindings(patient: Patient): readonly Finding[] {
  const { target, stage } = patient;
  const { sudo, user } = target.facts;
  if (sudo.kind === "root") return [fine("root needs no sudo")];
  if (sudo.kind === "none") return [];
  // Whether systemd is reloaded at once makes no difference to us; the plain form is in other tools' rules.
  const may = (words: readonly string[]): boolean =>
    [words, words.filter((word) => word !== "--no-reload")].some((each) => allows(sudo, each));
  const missing = needs(patient).filter(({ words, instead }) => !may(words) && instead?.every(may) !== true);
  const wild = wildcardRules(
    sudo,
    patient.sudo.map(({ words }) => words),
  );
  return [
    ...missing.map((need) => missingRule(need, patient)),
    ...(missing.length === 0 ? [fine(`sudo lets ${user.name} run everything that this config needs`)] : []),
    ...wild.map((rule) =>
      warning(
        `the sudo rule \`${rule}\` has a wildcard, which also allows other commands: * matches spaces and further arguments`,
        onHost(`sudo grep -rnF ${quote(rule.slice(rule.indexOf(" ") + 1))} /etc/sudoers /etc/sudoers.d`),
        here(`bgdeploy sudoers ${stage}`),
      ),
    ),
  ];
}

/** With the strict rules the unit and the owner are setup's business; then their rules are no loss. */
function needs({ sudo, target, unit }: Patient): readonly SudoNeed[] {
  const { app, facts } = target;
  const { user } = facts;
  const writesUnit = facts.files.unit !== unit && !onlySetupWritesUnit(target);
  const givesAway = app.user === user.name && !user.groups.includes(app.group);
  return sudo.filter(({ words: [program, verb] }) => {
    if (program === "tee" || verb === "daemon-reload") return writesUnit;
    return program !== "chown" || givesAway;
  });
}

/** A rule names a program by its path. */
function endsWithCommand(line: string, command: string): boolean {
  return line.endsWith(`${command.startsWith("/") ? " " : "/"}${command}`);
}

function missingRule({ words, needed, why }: SudoNeed, { target, stage, sudoers }: Patient): Finding {
  const { user, sudo } = target.facts;
  const command = words.join(" ");
  const asks = asksFor(sudo, words);
  const line = sudoers.split("\n").find((each) => endsWithCommand(each.replaceAll("\\", ""), command));
  const ignored = whyIgnored(sudo, words, target.facts.rulePaths[words[0] ?? ""]);
  const rule = `${ignored === undefined ? "" : `; ${ignored}`}${line === undefined ? "" : `. The rule: ${line}`}`;
  const what = asks
    ? `sudo asks ${user.name} for a password to run \`${command}\`: the last matching rule has no NOPASSWD`
    : `sudo does not allow ${user.name} to run \`${command}\``;
  const say = needed ? wrong : warning;
  // Setup knows the rules of the built-in tasks; those of the user's own are the user's.
  const mend =
    line === undefined
      ? onHost(`sudo visudo -f ${quote(`/etc/sudoers.d/${target.app.name}-tasks`)}`)
      : here(`bgdeploy setup ${stage} --as root`);
  return say(
    `${what} (${why})${rule}`,
    mend,
    ...(asks ? [onHost(`sudo grep -rn ${quote(user.name)} /etc/sudoers /etc/sudoers.d`)] : []),
  );
}
