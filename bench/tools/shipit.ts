import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { siteOf } from "../site.ts";
import { preparePeer } from "./peer.ts";
import { type Tool, kept, valuesText } from "./tool.ts";

const site = siteOf("shipit");

export const shipitVersion = "5.3.0";

/** Where npm puts it: not into the project, which has no use for it. */
export const shipitDirectory = join(tmpdir(), `bgdeploy-bench-shipit-${shipitVersion}`);

export const shipit: Tool = {
  name: "shipit",
  about: `shipit-cli ${shipitVersion} from npm; tasks of \`remote\` and \`copyToRemote\` (rsync). It takes no ssh_config and connects for every command.`,
  async prepare(directory) {
    await preparePeer("shipit", directory);
    await writeFile(join(directory, "package.json"), '{ "type": "commonjs" }\n');
  },
  async command(directory, action, work) {
    const { app, destination, ports } = site;
    return {
      words: [process.execPath, join(shipitDirectory, "node_modules/.bin/shipit"), "bench", action],
      cwd: directory,
      env: {
        APP: app,
        DEST: destination,
        BLUE: `${ports.blue}`,
        GREEN: `${ports.green}`,
        KEEP: `${kept}`,
        DIST: work.dist,
        VERSION: work.version,
        VALUES: valuesText(work),
        SERVERS: JSON.stringify(work.hosts.map((host) => ({ ...work.network.address(host), user: "deploy" }))),
        KEY: work.network.key,
        KNOWN_HOSTS: join(directory, "known_hosts"),
      },
    };
  },
};
