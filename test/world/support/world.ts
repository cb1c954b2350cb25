import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab, LabOptions } from "../../lab/lab.ts";
import { startLab } from "../../lab/lab.ts";
import type { Ended } from "../../support/bgdeploy.ts";
import { bgdeploy } from "../../support/bgdeploy.ts";

/** How one call differs from `bgdeploy run production` on h1, which is set up and answers. */
export type Call = {
  /** Words of the command line, without `--config`. */
  readonly words?: readonly string[];
  /** The hosts of the stage `production`, with the ssh names of the lab. */
  readonly hosts?: readonly string[];
  /** TypeScript: further keys of the config. */
  readonly settings?: string;
  /** Lines of an ssh_config that stand before the lab's. */
  readonly ssh?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** A lab, and a directory with a build of the small app `shop` to deploy to it. */
export type World = {
  readonly lab: Lab;
  readonly directory: string;
  /** Runs the real program with a config made for this call. */
  call(call?: Call): Promise<Ended>;
  /** Writes the config of a call, and gives the words after `bgdeploy`. */
  prepare(call: Call): Promise<readonly string[]>;
  /** What the host's site serves: the variant, or what went wrong. */
  served(host: string): Promise<string>;
  close(): Promise<void>;
};

const program = `#!/usr/local/bin/node
const server = require("node:http").createServer((_, response) => response.end(process.env.SHOP_VARIANT + "\\n"));
server.listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => process.exit(0));
`;

/** Boots a lab and sets its hosts up for the ssh user `deploy`. */
export async function aWorld(options: LabOptions): Promise<World> {
  const lab = await startLab(options);
  const directory = await mkdtemp(join(tmpdir(), "bgdeploy-world-"));
  await mkdir(join(directory, "dist/bin"), { recursive: true });
  await mkdir(join(directory, "dist/static"));
  await writeFile(join(directory, "dist/static/page.txt"), "static\n");
  await writeFile(join(directory, "dist/bin/shop"), program);
  await chmod(join(directory, "dist/bin/shop"), 0o755);
  let calls = 0;

  const prepare = async ({
    words = ["run", "production"],
    hosts = ["h1"],
    settings = "",
    ssh = "",
  }: Call): Promise<readonly string[]> => {
    const name = `call${(calls += 1)}`;
    const sshConfig = join(directory, `${name}.ssh`);
    await writeFile(sshConfig, `${ssh}\nMatch all\nInclude ${lab.sshConfig}\n`);
    const own =
      settings.includes("sshConfig:") || settings.includes('"-F"') ? "" : `sshConfig: ${JSON.stringify(sshConfig)},`;
    const config = `import { defineConfig, hook } from "bgdeploy";
import { deploy, hooks } from "bgdeploy/recipes";
void [hook, deploy, hooks];
export default defineConfig({ app: "shop", version: "v1", ${own} stages: { production: { hosts: ${JSON.stringify(hosts)} } },
${settings}
});
`;
    await writeFile(join(directory, `${name}.config.ts`), config);
    return [...words, "--config", `${name}.config.ts`];
  };
  const world: World = {
    lab,
    directory,
    prepare,
    call: async (call = {}) => bgdeploy(await prepare(call), { cwd: directory, ...(call.env && { env: call.env }) }),
    async served(host) {
      const address = lab.hosts.find(({ name }) => name === host)?.address;
      const options = { headers: { connection: "close" }, signal: AbortSignal.timeout(5000) };
      return fetch(`http://${address}/`, options).then((answer) => answer.text(), String);
    },
    async close() {
      await lab.down();
      await rm(directory, { recursive: true, force: true });
    },
  };
  const setUp = await world.call({
    words: ["setup", "production", "--as", "root", "--user", "deploy", "--yes"],
    hosts: lab.hosts.map(({ name }) => name),
  });
  if (setUp.code !== 0) {
    await world.close();
    throw new Error(`the hosts were not set up: ${setUp.stdout}${setUp.stderr}`);
  }
  return world;
}

/** Everything under /opt and /etc that a user could see: names, owners, modes, contents. Our lock's own files come and go. */
export async function fingerprint(lab: Lab, host: string): Promise<string> {
  const command = `find /opt /etc \\( -path '*/.bgdeploy/lock.json' -o -path '*/.bgdeploy/hold' \\) -prune -o -printf '%p %y %m %u:%g %l\\n' -type f -exec md5sum {} + 2>&1 | LC_ALL=C sort`;
  return (await lab.exec(host, command)).stdout;
}
