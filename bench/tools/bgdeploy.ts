import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Invocation } from "../client.ts";
import { siteOf } from "../site.ts";
import { type Tool, type Work, interval, kept, patience, values } from "./tool.ts";

const site = siteOf("bgdeploy");

/** What a user's installed package has as `bgdeploy`. */
export const bin = join(import.meta.dirname, "../../dist/bin/bgdeploy.js");

export const bgdeploy: Tool = {
  name: "bgdeploy",
  about:
    "the built package with a `deploy.config.ts`, its default tasks. It spares rsync 3.5 the walk to each shared file where that is safe (see `upload`); the others do not.",
  prepare: async () => {},
  async command(directory, action, work) {
    await writeConfig(directory, work);
    const env = Object.entries(values(work)).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
    const words = action === "deploy" ? ["run", "bench", "--version", work.version, ...env] : ["rollback", "bench"];
    return call(directory, words);
  },
};

/** `bgdeploy setup`, once for each host. */
export async function setUp(directory: string, work: Work): Promise<Invocation> {
  await writeConfig(directory, work);
  return call(directory, ["setup", "bench", "--as", "root", "--yes"]);
}

function call(directory: string, words: readonly string[]): Invocation {
  return { words: [process.execPath, bin, ...words], cwd: directory, env: {} };
}

async function writeConfig(directory: string, { dist, hosts, network, settle }: Work): Promise<void> {
  const health = {
    http: "/healthz",
    timeout: `${patience}s`,
    interval: `${interval * 1000}ms`,
    ...(settle === undefined ? {} : { settle: `${settle}s` }),
  };
  const config = {
    app: site.app,
    domain: site.domain,
    dist,
    exec: { name: "app", user: "link-shortener" },
    ports: site.ports,
    health,
    drain: { timeout: `${patience}s` },
    prune: { keep: kept },
    sshConfig: network.sshConfig,
    stages: { bench: { hosts } },
  };
  await writeFile(
    join(directory, "deploy.config.ts"),
    `import { defineConfig } from "bgdeploy";\n\nexport default defineConfig(${JSON.stringify(config, undefined, 2)});\n`,
  );
}
