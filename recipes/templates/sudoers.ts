import type { App, Layout, SudoNeed } from "../../lib/index.ts";
import { reloadWords } from "../../lib/index.ts";

/** Every command that a deploy, a rollback or a repair of `user` may run with sudo: a fixed list, without wildcards. */
export function sudoLines(app: App, layout: Layout, user: string): readonly SudoNeed[] {
  if (layout.strict) {
    return [
      {
        words: [layout.helper],
        needed: true,
        why: "root's own program, which checks what it is told and takes no path",
      },
    ];
  }
  const units = (["blue", "green"] as const).map((variant) => layout.service(variant));
  const each = (verb: readonly string[], needed: boolean, why: string): readonly SudoNeed[] =>
    units.map((unit) => ({ words: call(verb, unit), needed, why }));
  const both = (verb: readonly string[], instead: readonly (readonly string[])[], why: string): readonly SudoNeed[] =>
    units.map((unit) => ({
      words: call(verb, unit),
      needed: false,
      why,
      instead: instead.map((single) => call(single, unit)),
    }));
  return [
    ...each(["start"], true, "starts a variant"),
    ...each(["stop"], true, "stops a variant"),
    ...both(["restart"], [["stop"], ["start"]], "both at once, which is faster"),
    { words: reloadWords(layout), needed: true, why: "moves the traffic" },
    { words: ["systemctl", "daemon-reload"], needed: true, why: "after the unit has changed" },
    {
      words: ["tee", layout.unit],
      needed: true,
      why: "writes the unit; this equals root, for a unit can run anything",
    },
    ...each(["--no-reload", "enable"], false, "the live variant starts again after a reboot"),
    ...each(["--no-reload", "disable"], false, "and only that one"),
    ...both(
      ["--no-reload", "disable", "--now"],
      [["stop"], ["--no-reload", "disable"]],
      "this and the stop at once, which is faster",
    ),
    { words: [layout.nginx.binary, "-t"], needed: false, why: "finds a broken nginx configuration before the reload" },
    {
      words: ["chown", "-R", `${user}:${app.group}`, layout.destination],
      needed: false,
      why: "gives the files to the group, where the ssh user is not in it",
    },
  ];
}

function call(verb: readonly string[], unit: string): readonly string[] {
  return ["systemctl", ...verb, unit];
}

/**
 * The sudoers file for `user`: where `strict` one rule, for the helper with whatever arguments. `paths` tells where programs
 * stand on the host, by name.
 */
export function sudoersText(
  app: App,
  layout: Layout,
  user: string,
  paths: Readonly<Record<string, string>> = {},
): string {
  const lines = sudoLines(app, layout, user);
  return [
    `# Lets ${user} deploy ${app.name} with bgdeploy. Made by \`bgdeploy sudoers\`; no rule has a wildcard.`,
    ...(layout.strict
      ? []
      : [
          "# The rule for tee equals root. `strict: true` in the config does without it: one rule, for a helper of root's.",
        ]),
    ...lines.map(({ words, why }) => `# ${why}\n${user} ALL=(root) NOPASSWD: ${rule(words, { ...usual, ...paths })}`),
    "",
  ].join("\n");
}

/** Where /bin is a link to /usr/bin. */
const usual: Readonly<Record<string, string>> = {
  systemctl: "/usr/bin/systemctl",
  tee: "/usr/bin/tee",
  chown: "/usr/bin/chown",
  nginx: "/usr/sbin/nginx",
};

/** sudoers(5): these characters need a backslash in a command's arguments. */
function rule([program = "", ...words]: readonly string[], places: Readonly<Record<string, string>>): string {
  return [places[program] ?? program, ...words.map((word) => word.replaceAll(/[\\,:=*?[\]!]/g, String.raw`\$&`))].join(
    " ",
  );
}
