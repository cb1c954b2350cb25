/* oxlint-disable no-control-regex -- what a terminal is told holds them */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { until } from "../lock/support/until.ts";
import { bgdeployWords, program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { inTerminal } from "../world/support/terminal.ts";

const test = labSuite("completion");
let scene: Scene;
let id = "";
/** The shells find `bgdeploy` first on this path. */
let env: Readonly<Record<string, string>> = {};
test.before(async () => {
  scene = await aScene("completion", { machines: 2, hosts: ["h1", "private-h2"] });
  succeeded(await scene.project.deploy("v1", "--only", "h1"));
  const { stdout } = succeeded(await scene.project.run("releases", "production", "--only", "h1"));
  id = /^(\S+-v1) /m.exec(stdout)?.[1] ?? "";
  const file = join(scene.project.directory, "bgdeploy");
  await writeFile(file, `#!/bin/sh\nexec ${bgdeployWords.map((word) => `'${word}'`).join(" ")} "$@"\n`);
  await chmod(file, 0o755);
  env = { PATH: `${scene.project.directory}:${process.env["PATH"]}` };
});
test.after(() => scene.end());

/** What each line is completed to by one TAB; `exec` ends before files. */
const table: readonly (readonly [line: string, completed: string])[] = [
  ["bgdeploy roll", "bgdeploy rollback "],
  ["bgdeploy status prod", "bgdeploy status production "],
  ["bgdeploy status production --exc", "bgdeploy status production --except "],
  ["bgdeploy logs production --only pri", "bgdeploy logs production --only private-h2 "],
  ["bgdeploy logs production --only=pri", "bgdeploy logs production --only=private-h2 "],
  ["bgdeploy ssh production pri", "bgdeploy ssh production private-h2 "],
  ["bgdeploy logs production --variant gr", "bgdeploy logs production --variant green "],
  ["bgdeploy run -c deploy.con", "bgdeploy run -c deploy.config.ts "],
  ["bgdeploy completion fi", "bgdeploy completion fish "],
];

/** Types a line and TAB in a real shell, and gives what stands there then. */
async function typed(shell: "bash" | "zsh", line: string): Promise<string> {
  const { directory } = scene.project;
  const start = shell === "bash" ? ["bash", "--norc", "--noprofile", "-i"] : ["zsh", "-f", "-i"];
  const load = shell === "bash" ? "" : "autoload -Uz compinit && compinit -u -D; ";
  // Beyond the line, END shows where the cursor stands.
  const answers = [
    [/(\$|%|#) (\u001B\S*)?$/, `PS1=RE'ADY> '; ${load}eval "$(bgdeploy completion ${shell})"\r`],
    [/READY> (\u001B\S*)?$/, `${line}\t`],
    [completedBy(line), "END\u0001: '\u0005'\r"],
    [/END/, "exit\r"],
  ] as const;
  const { screen } = await inTerminal(start, { cwd: directory, env, answers });
  return screen;
}

function completedBy(line: string): RegExp {
  const [, completed = ""] = table.find(([each]) => each === line) ?? [];
  return new RegExp(
    completed
      .trimEnd()
      .slice(line.length)
      .replaceAll(".", String.raw`\.`),
  );
}

for (const shell of ["bash", "zsh"] as const) {
  test(`${shell} completes commands, flags, stages, hosts and files`, async () => {
    for (const [line, completed] of table) {
      const screen = await typed(shell, line);
      assert.ok(
        screen.replaceAll(/\u001B\[[\d;?]*[A-Za-z]|.\u0008/g, "").includes(completed),
        `${line}: ${JSON.stringify(screen)}`,
      );
    }
  });
}

test("fish completes them too", async () => {
  const { directory } = scene.project;
  const script = join(directory, "bgdeploy.fish");
  await writeFile(script, (await scene.project.run("completion", "fish")).stdout);
  for (const [line, completed] of table) {
    const { stdout } = await program(["fish", "--no-config", "-c", `source ${script}; complete -C '${line}'`], {
      cwd: directory,
      env: { ...env, HOME: directory },
    });
    const last = completed.trimEnd().split(" ").at(-1);
    assert.equal(
      stdout
        .trimEnd()
        .split("\n")
        .map((each) => each.split("\t")[0]),
      [last],
      line,
    );
  }
});

test("each script is one that its shell can read", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const file = join(scene.project.directory, `script.${shell}`);
    await writeFile(file, succeeded(await scene.project.run("completion", shell)).stdout);
    assert.equal(await program([shell, "-n", file], { cwd: "/" }), { code: 0, stdout: "", stderr: "" });
  }
  const { stderr } = ended(await scene.project.run("completion", "tcsh"), 2);
  assert.is(stderr, 'bgdeploy: there is no completion for "tcsh". Did you mean "bash"? It has: bash, zsh, fish\n');
});

test("rollback --to offers the releases of the hosts; of a host that is down it waits for none", async () => {
  const complete = (): ReturnType<Scene["project"]["run"]> =>
    scene.project.run("__complete", "--", "rollback", "production", "--to", "");
  // Three seconds may be too short for a machine that is busy.
  const missing = await until(async () => ((await complete()).stdout === `${id}\n` ? [] : [id]), 60_000);
  assert.equal(missing, []);
  await scene.lab.cut("h1");
  const began = performance.now();
  const { code, stdout, stderr } = await complete();
  await scene.lab.mend("h1");
  assert.equal([code, stdout, stderr], [0, "", ""]);
  assert.ok(performance.now() - began < 9000, "ssh alone would wait for ten seconds");
});

test("a broken config completes to nothing, without a word", async () => {
  await scene.project.write({ settings: "oops(" });
  assert.equal(await scene.project.run("__complete", "--", "status", ""), { code: 0, stdout: "", stderr: "" });
  await scene.project.write({ hosts: ["h1", "private-h2"] });
});

test.run();
