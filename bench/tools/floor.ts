import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultSettle } from "../settle.ts";
import { siteOf, unitText } from "../site.ts";
import { type Tool, kept, patience, valuesText } from "./tool.ts";

const site = siteOf("floor");

export const floor: Tool = {
  name: "floor",
  about: "`bench/floor/deploy.sh`, written by hand for this job: one ssh connection a host, one script on it, rsync.",
  prepare: (directory) => writeFile(join(directory, "unit"), unitText(site)),
  async command(directory, action, work) {
    await writeFile(join(directory, "values"), valuesText(work));
    const verb = action === "deploy" ? "run" : "rollback";
    return {
      words: ["bash", join(import.meta.dirname, "../floor/deploy.sh"), verb, ...work.hosts],
      cwd: directory,
      env: {
        APP: site.app,
        DEST: site.destination,
        BLUE: `${site.ports.blue}`,
        GREEN: `${site.ports.green}`,
        SSH_CONFIG: work.network.sshConfig,
        UNIT: "unit",
        DIST: work.dist,
        VERSION: work.version,
        VALUES: "values",
        SETTLE: `${Math.ceil(work.settle ?? (await defaultSettle()))}`,
        DRAIN: `${patience}`,
        KEEP: `${kept}`,
      },
    };
  },
};
