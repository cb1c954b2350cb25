import { usageOf } from "./argv.ts";
import type { Flag } from "./flags.ts";
import { flags } from "./flags.ts";
import type { Verb } from "./verb.ts";
import { groups } from "./verb.ts";

const intro = `bgdeploy deploys an app to plain Linux hosts (systemd + nginx), blue-green, without losing a request.

    bgdeploy run production
`;

/** The help of the whole program. */
export function helpText(verbs: readonly Verb[]): string {
  const lists = groups
    .map((group) => [group, verbs.filter((verb) => verb.group === group)] as const)
    .filter(([, members]) => members.length > 0);
  const rows = lists.flatMap(([group, members]) => [
    [`${group}:`, ""] as const,
    ...members.map((verb) => {
      const usage = usageOf(verb.words?.includes(" ") !== true ? verb : { ...verb, words: "…" });
      return [`  ${usage.replace("bgdeploy ", "")}`, verb.help] as const;
    }),
  ]);
  const more = [
    ["bgdeploy <command> --help", "help for a command"],
    ["bgdeploy --version", "print the version"],
  ] as const;
  const codes =
    "Exit codes: 0 success · 1 failed, the old version is live everywhere · 2 usage or config error, nothing changed ·\n" +
    "3 failed, hosts need repair · 4 locked · 5 new version is live, but a later step failed · 130 interrupted and undone";
  return `${intro}\n${columns(rows)}\n\n${columns(more)}\n\n${codes}\n`;
}

/** The help of one command. */
export function verbHelp(verb: Verb): string {
  const usage = usageOf(verb, "[flags]");
  const rows = columns([...verb.flags, flags.help].map((flag) => [spelling(flag), flag.help] as const));
  return `${usage}\n\n${sentence(verb.help)}\n\n${rows}\n${verb.notes === undefined ? "" : `\n${verb.notes}\n`}`;
}

function spelling({ short, name, value, many, fallback }: Flag): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  const shown = value === undefined ? "" : fallback === undefined ? ` ${value}` : ` [${value}]`;
  return `${letter}--${name}${shown}${many === true ? " …" : ""}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join("\n");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
