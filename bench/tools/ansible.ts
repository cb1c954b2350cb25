import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { siteOf } from "../site.ts";
import { preparePeer } from "./peer.ts";
import { type Tool, kept, valuesText } from "./tool.ts";

const site = siteOf("ansible");

export const ansible: Tool = {
  name: "ansible",
  about:
    "Debian's ansible-core with pipelining, kept ssh connections and 50 forks, no facts gathered; a playbook of its modules, and rsync run on the client (what `ansible.posix.synchronize` does).",
  prepare: (directory) => preparePeer("ansible", directory),
  async command(directory, action, work) {
    const { app, destination, ports } = site;
    // Kept connections are shared with its rsync.
    const words = `-F ${work.network.sshConfig} -o ControlMaster=auto -o ControlPersist=60s -o ControlPath=/tmp/.bench-%C`;
    const variables = {
      app,
      dest: destination,
      ...ports,
      dist: work.dist,
      version: work.version,
      values: valuesText(work),
      keep: kept,
      back: action === "rollback",
      ssh_words: words,
    };
    await writeFile(join(directory, "hosts"), `${work.hosts.join("\n")}\n`);
    await writeFile(join(directory, "variables.json"), JSON.stringify(variables));
    return {
      words: ["ansible-playbook", "deploy.yml", "-e", "@variables.json"],
      cwd: directory,
      env: { ANSIBLE_CONFIG: "ansible.cfg", ANSIBLE_SSH_ARGS: words, ANSIBLE_HOME: join(directory, ".ansible") },
    };
  },
};
