import { copyFile, cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { siteOf, unitText } from "../site.ts";
import { type Tool, kept, values } from "./tool.ts";

const site = siteOf("capistrano");
const peers = join(import.meta.dirname, "../peers");

export const capistrano: Tool = {
  name: "capistrano",
  about:
    "Debian's package; its own flow (`deploy:starting` … `deploy:finished`) with a custom SCM by rsync, as its documentation describes one, and tasks for unit, health and nginx.",
  async prepare(directory) {
    await cp(join(peers, "capistrano"), directory, { recursive: true });
    for (const name of ["wait-health.sh", "wait-drain.sh"]) await copyFile(join(peers, name), join(directory, name));
    await writeFile(join(directory, "unit"), unitText(site));
  },
  async command(directory, action, work) {
    return {
      words: ["cap", "bench", action === "deploy" ? "deploy" : "deploy:rollback"],
      cwd: directory,
      env: {
        APP: site.app,
        DEST: site.destination,
        BLUE: `${site.ports.blue}`,
        GREEN: `${site.ports.green}`,
        KEEP: `${kept}`,
        SSH_CONFIG: work.network.sshConfig,
        HOSTS: work.hosts.join(" "),
        DIST: work.dist,
        VERSION: work.version,
        VALUES: Object.entries(values(work))
          .map(([key, value]) => `${key}="${value}"`)
          .join("\n"),
        ...(action === "rollback" ? { BACK: "yes" } : {}),
      },
    };
  },
};
