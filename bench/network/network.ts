import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Lab } from "../../test/lab/lab.ts";
import { median } from "../stats.ts";

/** A way to the hosts: what ssh needs for it, and the round trip time (ms) that was measured on it. */
export type Network = {
  readonly measured: number;
  readonly sshConfig: string;
  /** Where the host's sshd is reached. */
  readonly address: (host: string) => { readonly host: string; readonly port: number };
  readonly key: string;
  close(): void;
};

/** Makes a way to the hosts with this round trip time; 0: without a relay. */
export async function openNetwork(lab: Lab, rtt: number, directory: string): Promise<Network> {
  const places = lab.hosts.map(({ address }) => ({ host: address, port: 22 }));
  const child =
    rtt === 0
      ? undefined
      : spawn(process.execPath, [join(import.meta.dirname, "main.ts"), JSON.stringify({ places, rtt })], {
          stdio: ["pipe", "pipe", "inherit"],
        });
  let [echo, ports]: [number, readonly number[]] = [0, []];
  if (child !== undefined) {
    const [line] = await once(child.stdout, "data");
    [echo = 0, ...ports] = JSON.parse(String(line));
  }
  const routes = new Map(
    lab.hosts.map(({ name, address }, index) => {
      const port = ports[index];
      return [name, port === undefined ? { host: address, port: 22 } : { host: "127.0.0.1", port }];
    }),
  );
  const address = (host: string): { host: string; port: number } => routes.get(host) ?? { host, port: 22 };
  await mkdir(directory, { recursive: true });
  const sshConfig = join(directory, `ssh_config_${rtt}`);
  const known = join(directory, "known_hosts");
  const block = (alias: string, host: string, user: string): string => {
    const { host: name, port } = address(host);
    return `Host ${alias}\n  HostName ${name}\n  Port ${port}\n  User ${user}\n  HostKeyAlias ${host}\n`;
  };
  const blocks = lab.hosts.flatMap(({ name }) => [block(name, name, "deploy"), block(`root-${name}`, name, "root")]);
  const common = `Host *\n  IdentityFile ${lab.key}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${known}\n  StrictHostKeyChecking accept-new\n`;
  await writeFile(sshConfig, `${blocks.join("")}${common}`);
  return {
    measured: child === undefined ? 0 : await ping(echo),
    sshConfig,
    address,
    key: lab.key,
    close: () => child?.stdin.end(),
  };
}

/** The median round trip (ms) of a byte to an echo at the other end, over a connection that is open. */
async function ping(port: number): Promise<number> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const times: number[] = [];
  for (let turn = 0; turn < 12; turn++) {
    const began = performance.now();
    socket.write("x");
    await once(socket, "data");
    times.push(performance.now() - began);
  }
  socket.destroy();
  return median(times.slice(2));
}
