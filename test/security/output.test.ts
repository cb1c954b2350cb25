import * as assert from "uvu/assert";
import { verbs } from "../../lib/cli/verbs.ts";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { bgdeployWords, program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";

/** What a host, its apps and its users would do to the terminal and the CI of who looks at it. */
const title = "\u001B]0;OWNED\u0007";
const line = `${title}\u001B[2J\u001B[31mRED\u009B8m\u202Eabc\bd\u200B`;
const commands =
  "\n::error::x\n  ::add-mask::production\n##[error]y ##vso[task.setvariable]z\nsection_end:1:bgdeploy_1\r\u001B[0K\r::set-output name=a::b\n";
const evil = `${line}\r${commands}`;

/** In a file name no slash can stand. */
const release = `2025_05_13T00_00_00-v${line}`;
const person = { who: evil, from: evil, since: evil, message: evil };
const entry = { at: "2026-11-30 10:00:00 UTC", ...person, run: "x", action: evil, release, variant: "blue", end: evil };

/** A word of a shell on the host, which is given it as JavaScript reads it. */
const written = (text: string): string =>
  `$(printf %b '${Buffer.from(text)
    .toString("hex")
    .replaceAll(/../g, String.raw`\x$&`)}')`;

const test = labSuite("output of hostile hosts");
let scene: Scene;
test.before(async () => {
  scene = await aScene("security-output", { hosts: ["h1"] });
  succeeded(await scene.project.deploy("v1"));
  succeeded(await scene.project.deploy("v2"));
  const app = "/opt/link-shortener";
  const put = (path: string, text: string, how = ">"): Promise<unknown> =>
    scene.lab.exec("h1", `cat ${how}${path}; chown deploy: ${path}`, text);
  await put(`${app}/.bgdeploy/journal.ndjson`, `${JSON.stringify(entry)}\n`, ">>");
  await put(`${app}/.bgdeploy/maintenance.json`, JSON.stringify(person));
  await put("/etc/nginx/sites-enabled/evil.conf", `# ${evil.replaceAll("\n", "\n# ")}\n`);
  await put("/etc/systemd/system/link-shortener@.service", `\n# ${evil.replaceAll("\n", "\n# ")}\n`, ">>");
  await said(
    scene.lab,
    "h1",
    `umask 022; export LC_ALL=C; evil="${written(line)}"
     cp -a ${app}/versions/current/. "${app}/versions/${written(release)}"; chown -R deploy: "${app}/versions/${written(release)}"
     touch "/etc/nginx/sites-enabled/$evil.conf"
     echo "variant $evil" >${app}/variant
     systemctl daemon-reload
     printf 'MESSAGE=%s\\nOBJECT_SYSTEMD_UNIT=link-shortener@green.service\\n' "$evil" "::error::log" | logger --journald || :
     printf 'MESSAGE=%s\\nOBJECT_SYSTEMD_UNIT=link-shortener@green.service\\n' "::error::log" | logger --journald || :`,
  );
  const shout = JSON.stringify(evil);
  await scene.project.write({
    hosts: ["h1"],
    settings: `post: hook("shout", async ({ $, local, log }) => {
      console.log(${shout}); console.error(${shout}); process.stdout.write("::"); process.stdout.write("error::in pieces\\n");
      log(${shout}); await local\`printf %s \${${shout}}\`; await $\`printf %s \${${shout}} >&2\`;
      throw new Error(${shout});
    }),`,
  });
});
test.after(() => scene.end());

/** The words of each verb that changes nothing. */
const looks: Readonly<Record<string, readonly (readonly string[])[]>> = {
  status: [["production"], [`prod${evil}`]],
  releases: [["production"]],
  audit: [["production"]],
  plan: [
    ["production", "--undo"],
    ["production", "--version", `v${evil}`],
  ],
  doctor: [["production", "--verbose"]],
  logs: [["production"]],
  exec: [["production", "--", "printf", "%s", evil]],
  ssh: [["production"]],
  env: [["production", "--env", `A=${evil}`]],
  open: [["production"]],
  tasks: [["production"]],
  vhost: [["production"]],
  unit: [["production"]],
  sudoers: [["production"]],
  config: [["production"], ["production", "--json"]],
  completion: [["bash"]],
  prune: [["production", "--dry-run", "--keep", "1"]],
  init: [["--app-name", evil, "--yes"]],
  setup: [["production", "--as", "root", "--dry-run"]],
  deploy: [["--dry-run", `dist${evil}`, "v1", "h1"]],
  rollback: [["production", "--to", release, "--dry-run"]],
  restart: [["production", "--dry-run"]],
};

/** Those of the others, one after another; the first run is refused, since the host is locked. */
const changes = [
  ["maintenance", "production", "on", "--message", evil],
  ["maintenance", "production", "off"],
  ["lock", "production", "-m", evil],
  ["run", "production", "--version", "v9"],
  ["unlock", "production"],
  ["run", "production", "--version", "v3"],
  ["run", "production", "--version", "v3", "--json", "--verbose"],
];

test("every verb is tried", () => {
  assert.equal(
    verbs.map(({ name }) => name).filter((name) => !(name in looks) && !changes.some(([verb]) => verb === name)),
    [],
  );
});

const looking = Object.entries(looks).flatMap(([verb, some]) => some.map((words) => [verb, ...words]));

// oxlint-disable no-control-regex -- they are what is looked for
/** Colours of ours. */
const painted = /\u001B\[(?:1|2|22|3[1-69]|9[56])m/g;
/** What draws a tree. */
const drawn = /\u001B\[(?:[\d;]*m|\d*[ABCDEFGJK]|\?25[hl]|\?2026[hl])/g;
const anyColour = /\u001B\[[\d;]*m/g;
const steers =
  /.{0,20}[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF].{0,20}/g;
const command = /^\s*::|##\w*\[|\r|\u001B/;
const ours =
  /^::(group::|endgroup::$|(error|warning) title=bgdeploy[^:]*::)|^\u001B\[0Ksection_(start|end):\d+:bgdeploy_\d+(\[collapsed=true\])?\r\u001B\[0K[^\r\u001B]*$/;
// oxlint-enable no-control-regex

/** What is left in a text that steers a terminal. */
function steering(text: string, allowed: readonly RegExp[] = []): readonly string[] {
  const rest = allowed.reduce((left, pattern) => left.replaceAll(pattern, ""), text);
  return [...rest.matchAll(steers)].map(([found]) => JSON.stringify(found));
}

/** Lines that a CI takes for commands, those of our reporter left out. */
function commandLines(text: string): readonly string[] {
  const lines = text.split("\n").filter((each) => !ours.test(each));
  return lines.map((each) => each.replaceAll(anyColour, "")).filter((each) => command.test(each));
}

type Look = (text: string, words: readonly string[]) => readonly string[];
type Run = (words: readonly string[]) => Promise<Ended>;

/** Gives for every call that fails to hold what was found in its output. */
async function wrong(run: Run, look: Look, some: readonly (readonly string[])[] = looking): Promise<object> {
  const found: Record<string, readonly string[]> = {};
  const tryOne = async (words: readonly string[]): Promise<void> => {
    const { stdout, stderr, code } = await run(words);
    assert.is.not(code, null, `${words.join(" ")} did not end`);
    const bad = [...look(stdout, words), ...look(stderr, words)];
    if (bad.length > 0) found[JSON.stringify(words).slice(0, 60)] = bad.slice(0, 3);
  };
  const left = some.values();
  const worker = async (): Promise<void> => {
    for (const words of left) await tryOne(words);
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  for (const words of changes) await tryOne(words);
  return found;
}

/** Colours that are others' own: what a hook prints by console.log keeps them, closed. */
const open = "\u001B[31mRED";
const close = "\u001B[0m";

/** In JSON a text is as it was; elsewhere nothing of others has a colour. */
const inPipe: Look = (text, words) => {
  if (words[0] !== "run") return steering(text);
  return steering(text.replaceAll("\u200B", "").replaceAll(open, "").replaceAll(close, ""));
};

test("in a pipe, in a job of GitHub Actions: nothing of a host's steers a terminal, and no line of others is a command", async () => {
  const env = { GITHUB_ACTIONS: "true", CI: "true", NO_COLOR: "1" };
  const look: Look = (text, words) => [...inPipe(text, words), ...commandLines(text)];
  assert.equal(await wrong((words) => scene.project.runWith(env, ...words), look), {});
});

const few = looking.filter(([verb = ""]) => ["status", "audit", "logs", "exec", "doctor"].includes(verb));
const cis: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  GitLab: { GITLAB_CI: "true", CI: "true" },
  Azure: { TF_BUILD: "True", FORCE_COLOR: "1" },
};
for (const [name, env] of Object.entries(cis)) {
  test(`in a job of ${name}: no line of others is a command`, async () => {
    const look: Look = (text) => commandLines(text);
    assert.equal(await wrong((words) => scene.project.runWith(env, ...words), look, few), {});
  });
}

test("on a terminal: colours and the tree are drawn, and nothing of a host's steers it", async () => {
  const shown: Record<string, string> = {};
  const run: Run = async (words) => {
    const typed = [...bgdeployWords, ...words].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ");
    const ended = await program(["script", "-qefc", `stty cols 200 rows 50; ${typed} </dev/null`, "/dev/null"], {
      cwd: scene.project.directory,
      env: { TERM: "xterm-256color", SHELL: "/bin/bash" },
    });
    const stdout = ended.stdout.replaceAll("\r\n", "\n");
    shown[words.join(" ")] = stdout;
    return { ...ended, stdout };
  };
  const look: Look = (text, words) =>
    words[0] === "run"
      ? steering(text.replaceAll("\u200B", ""), [drawn])
      : [...steering(text, [painted]), ...(text.includes(open) ? ["a colour of a host"] : [])];
  // What the shell of `ssh` prints is the host's and the person's own matter.
  assert.equal(
    await wrong(
      run,
      look,
      looking.filter(([verb]) => verb !== "ssh"),
    ),
    {},
  );
  // oxlint-disable-next-line no-control-regex
  assert.match(shown["logs production"] ?? "", /^\u001B\[\d+mh1 \|\u001B\[39m \u001B\[2m/m);
  assert.match(shown["run production --version v3"] ?? "", "\u001B[32m✔\u001B[39m");
});

test("a line that someone wrote into a lock cannot pass for one of ours", async () => {
  succeeded(await scene.project.run("lock", "production", "-m", "back at noon\nh1: no problem at all"));
  const { stdout } = await scene.project.run("status", "production");
  succeeded(await scene.project.run("unlock", "production"));
  assert.match(stdout, /^h1: locked by hand: .*: back at noon h1: no problem at all$/m);
});

test.run();
