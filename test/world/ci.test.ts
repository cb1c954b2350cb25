import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { bgdeployWords, program } from "../support/bgdeploy.ts";
import { type Step, stepsOf } from "./support/workflow.ts";
import type { World } from "./support/world.ts";
import { aWorld } from "./support/world.ts";

const test = labSuite("a CI's container");
let world: World;
let project: string;
let home: string;
let key: string;

test.before(async () => {
  world = await aWorld({ hosts: 1, bastion: false, name: "world-ci" });
  [project, home] = [join(world.directory, "checkout"), join(world.directory, "github/home")];
  for (const path of [join(project, "infra"), home, join(world.directory, "bin")]) mkdirSync(path, { recursive: true });
  key = readFileSync(world.lab.key, "utf8");
  const [host] = world.lab.hosts;
  writeFileSync(join(project, "infra/ssh_config"), `Host h1\n  HostName ${host?.address}\n  User deploy\n`);
  writeFileSync(
    join(project, "deploy.config.ts"),
    `import { defineConfig, hook } from "bgdeploy";
const look = hook("look", async ({ local, log }) => log((await local\`env; cat /proc/self/environ /proc/$PPID/cmdline | tr '\\\\0' '\\\\n'\`).stdout));
export default defineConfig({ app: "shop", sshConfig: "infra/ssh_config", knownHosts: "infra/known_hosts", pre: look,
  stages: { production: { hosts: ["h1"], secrets: ["DATABASE_URL"] } } });
`,
  );
  writeFileSync(join(project, "infra/known_hosts"), "");
  // The only thing that is not as in a job: there is no registry here.
  writeFileSync(
    join(world.directory, "bin/npm"),
    `#!/bin/sh\ncase $1 in ci) mkdir -p node_modules/.bin; printf '#!/bin/sh\\nexec %s "$@"\\n' '${bgdeployWords.join(" ")}' >node_modules/.bin/bgdeploy; chmod +x node_modules/.bin/bgdeploy ;; run) cp -r ${world.directory}/dist . ;; *) exit 1 ;; esac\n`,
    { mode: 0o755 },
  );
  execFileSync("git", ["init", "-q"], { cwd: project });
  const pinned = await program([...bgdeployWords, "doctor", "production", "--pin", "--yes"], {
    cwd: project,
    env: { BGDEPLOY_SSH_KEY: key, DATABASE_URL: "x" },
  });
  assert.match(readFileSync(join(project, "infra/known_hosts"), "utf8"), "ssh-ed25519", pinned.stderr);
  for (const words of [
    ["add", "."],
    ["-c", "user.name=t", "-c", "user.email=t@e.example", "commit", "-qm", "x"],
    ["tag", "v1"],
  ])
    execFileSync("git", words, { cwd: project });
});

test.after(() => world.close());

const secrets = (): Readonly<Record<string, string>> => ({ SSH_KEY: key, DATABASE_URL: "postgres://hidden" });

/** Starts a step as GitHub's runner does: a file for `bash -e`, and nothing of this machine's environment. */
function start({ run, env }: Step, path = `${world.directory}/bin:${process.env["PATH"]}`): ReturnType<typeof spawn> {
  const script = join(world.directory, "step.sh");
  writeFileSync(script, run);
  const own = Object.entries(env).map(([name, value]) => [
    name,
    value.replaceAll(/\$\{\{ secrets\.(\w+) \}\}/g, (_, secret: string) => secrets()[secret] ?? ""),
  ]);
  return spawn("bash", ["-e", script], {
    cwd: project,
    env: {
      HOME: home,
      PATH: path,
      TMPDIR: world.directory,
      NO_COLOR: "1",
      CI: "true",
      GITHUB_ACTIONS: "true",
      ...Object.fromEntries(own),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function finish(child: ReturnType<typeof spawn>): Promise<{ code: number | null; said: string }> {
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = await once(child, "close");
  return { code, said };
}

const steps = (): readonly Step[] => stepsOf(readFileSync(join(import.meta.dirname, "../../docs/ci.md"), "utf8"));
const agents = (): string =>
  execFileSync("sh", ["-c", `pgrep -af "[s]sh-agent -a ${world.directory}/bgd-" || :`], { encoding: "utf8" });
const line = (): string => key.split("\n")[2] ?? "";

/** Until a claim holds, for five seconds. */
async function soon(claim: () => boolean): Promise<void> {
  for (let times = 0; !claim() && times < 100; times += 1) await wait(50);
  assert.ok(claim());
}

test("the steps of docs/ci.md deploy as they are written; the key is in no environment, words, output or file", async () => {
  assert.ok(steps().length >= 3);
  let all = "";
  for (const step of steps()) {
    // oxlint-disable-next-line no-await-in-loop
    const { code, said } = await finish(start(step));
    assert.is(code, 0, said);
    all += said;
  }
  assert.match(all, "Version v1 (git describe)");
  assert.match(all, "SSH_AUTH_SOCK=");
  assert.not.match(all, "BGDEPLOY_SSH_KEY");
  assert.ok(line().length > 40 && !all.includes(line()));
  assert.is(await world.served("h1"), "blue\n");
  const grep = `grep -rlF "${line()}" ${home} ${project} ${world.directory}/bgd-* 2>/dev/null || :`;
  assert.is(execFileSync("sh", ["-c", grep], { encoding: "utf8" }), "");
  await soon(() => agents() === "");
  assert.equal(
    readdirSync(home).filter((name) => name === ".ssh"),
    [],
  );
});

/** An rsync that would take minutes. */
function slowPath(): string {
  const slow = join(world.directory, "slow");
  mkdirSync(slow, { recursive: true });
  writeFileSync(join(slow, "rsync"), `#!/bin/sh\nPATH=\${PATH#*:} exec rsync --bwlimit=20k "$@"\n`, { mode: 0o755 });
  execFileSync("sh", ["-c", `head -c 3000000 /dev/urandom >${project}/dist/large`]);
  return `${slow}:${world.directory}/bin:${process.env["PATH"]}`;
}

test("a job that is cancelled in a long upload is undone before GitHub's SIGTERM comes", async () => {
  const [step = { run: "", env: {} }] = steps().slice(-1);
  assert.match(step.run, /^exec /);
  const child = start({ ...step, run: `${step.run.trim()} --verbose\n` }, slowPath());
  const end = finish(child);
  await new Promise<void>((resolve) => {
    child.stdout?.on("data", (text: string) => {
      if (text.includes("$ rsync")) resolve();
    });
  });
  await wait(500);
  const from = Date.now();
  child.kill("SIGINT");
  const { code, said } = await end;
  assert.is(code, 130, said);
  assert.ok(Date.now() - from < 7500, `${Date.now() - from} ms`);
  assert.match(said, "Interrupted and undone.\nv1 (blue) is still live on h1.");
  assert.match(said, "h1: upload:send: the upload was stopped because the run was interrupted");
  assert.is(await world.served("h1"), "blue\n");
});

test("the agent goes with a client that is killed, and leaves no directory", async () => {
  const [step = { run: "", env: {} }] = steps().slice(-1);
  const child = start(step, slowPath());
  await soon(() => agents() !== "");
  const directory = /-a (\S+)\/agent/.exec(agents())?.[1] ?? "";
  child.kill("SIGKILL");
  await once(child, "close");
  await soon(
    () =>
      agents() === "" && execFileSync("sh", ["-c", `ls -d ${directory} 2>/dev/null || :`], { encoding: "utf8" }) === "",
  );
});

test.run();
