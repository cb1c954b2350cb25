import { siteOf } from "../site.ts";
import { preparePeer } from "./peer.ts";
import { type Tool, kept, valuesText } from "./tool.ts";

const site = siteOf("capistrano");

export const capistrano: Tool = {
  name: "capistrano",
  about:
    "Debian's package; its own flow (`deploy:starting` … `deploy:finished`) with a custom SCM by rsync, as its documentation describes one, and tasks for unit, health and nginx.",
  prepare: (directory) => preparePeer("capistrano", directory),
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
        VALUES: valuesText(work),
        ...(action === "rollback" ? { BACK: "yes" } : {}),
      },
    };
  },
};
