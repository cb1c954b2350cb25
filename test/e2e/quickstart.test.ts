import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import type { Lab } from "../lab/lab.ts";
import { startLab } from "../lab/lab.ts";
import { labSuite } from "../lab/suite.ts";
import { program } from "../support/bgdeploy.ts";
import { succeeded } from "../support/e2e.ts";
import { visit } from "../support/hosts.ts";
import { npmEnv } from "../support/npm.ts";
import { inTerminal } from "../world/support/terminal.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const sources = ["package.json", "tsconfig.json", "tsconfig.build.json", "rolldown.config.ts"];
const env = { ...npmEnv, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };

const app = `#!/usr/bin/env node
const { HOST, PORT } = process.env;
const server = require("node:http").createServer((request, response) => response.end("hello from the shop\\n"));
server.listen(Number(PORT), HOST);
process.on("SIGTERM", () => server.close());
`;

const test = labSuite("quickstart");
let parent: string;
let tarball: string;
test.before(async () => {
  parent = await mkdtemp(join(tmpdir(), "bgdeploy-quickstart-"));
  const copy = join(parent, "package");
  for (const name of ["bin", "docs", "host", "lib", "recipes", "CHANGELOG.md", "LICENSE", "README.md", ...sources])
    await cp(join(repository, name), join(copy, name), { recursive: true });
  await symlink(join(repository, "node_modules"), join(copy, "node_modules"));
  succeeded(await program(["npm", "pack", "--silent"], { cwd: copy, env }));
  tarball = join(copy, (await readdir(copy)).find((name) => name.endsWith(".tgz")) ?? "");
});
test.after(() => rm(parent, { recursive: true, force: true }));

/** The command lines of a section of README, as one types them. */
async function commandsOf(section: string): Promise<readonly string[]> {
  const readme = await readFile(join(repository, "README.md"), "utf8");
  const [, text = ""] = readme.split(`\n## ${section}\n`);
  const [own = ""] = text.split("\n## ");
  const lines = own.split("\n").filter((line) => line.startsWith("    "));
  return lines.map((line) => line.replace(/\s#.*/, "").trim());
}

/** What a person with this build, and an ssh_config for their server, answers; the rest is what is offered. */
const answers = [
  [/App name/, "\n"],
  [/Directory of the build/, "\n"],
  [/Hosts/, "h1\n"],
  [/Domain/, "\n"],
  [/Health check/, "/\n"],
] as const;

for (const suite of ["bookworm", "trixie"] as const) {
  test(`README's commands, typed one after the other, bring an app live on a stock ${suite} server`, async () => {
    await using lab: Lab = await startLab({
      hosts: 1,
      name: `quickstart-${suite}`,
      suite,
      stock: true,
      bastion: false,
    });
    const directory = join(parent, suite, "shop");
    await mkdir(join(directory, "dist/bin"), { recursive: true });
    await writeFile(join(directory, "dist/bin/shop"), app);
    await chmod(join(directory, "dist/bin/shop"), 0o755);
    await writeFile(join(directory, "package.json"), JSON.stringify({ name: "shop", version: "1.2.3", private: true }));
    await mkdir(join(directory, "infra"));
    await cp(lab.trustingSshConfig, join(directory, "infra/ssh_config"));

    const [install = "", ...typed] = await commandsOf("Install");
    assert.is(install, "npm install --save-dev bgdeploy");
    assert.equal(typed, [
      "bgdeploy init",
      "bgdeploy setup production --as root",
      "bgdeploy plan production",
      "bgdeploy run production",
    ]);
    const words = install.split(" ").map((word) => (word === "bgdeploy" ? tarball : word));
    succeeded(await program([...words, "--prefer-offline"], { cwd: directory, env }));
    let screen = "";
    for (const line of typed) {
      const given = line === "bgdeploy init" ? answers : [[/Proceed\?/, "y\n"] as const];
      const seen = await inTerminal(["npx", "--no-install", ...line.split(" ")], {
        cwd: directory,
        env,
        answers: given,
      });
      assert.is(seen.code, 0, `${line}:\n${seen.screen}`);
      screen += seen.screen;
    }
    assert.match(screen, "  Disable the distribution's welcome page, which nobody has edited");
    assert.match(screen, "rm -f /etc/nginx/sites-enabled/default");
    assert.match(screen, "1.2.3 is live on h1.");
    assert.is(await visit(lab, "h1", "/"), "200 hello from the shop");
  });
}

test.run();
