// By hand: node test/downloads/fan-out.ts [HOSTS] [MEGABYTES] [MBIT]. Deploys one build to many hosts twice over: sent from here by
// rsync, through one uplink of so many Mbit/s, and downloaded by the hosts themselves. Prints the seconds.
import { randomBytes } from "node:crypto";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { startLab } from "../lab/lab.ts";
import { succeeded } from "../support/e2e.ts";
import { aProject } from "../support/project.ts";
import { aStore, downloading } from "./support/store.ts";

const [machines = 8, megabytes = 20, mbit = 20] = process.argv.slice(2).map(Number);
const files = 200;

/** One uplink for all connections: a token bucket that fills at the same pace whoever drinks from it. */
function makeUplink(bytesPerSecond: number): (bytes: number) => Promise<void> {
  let free = performance.now();
  return (bytes) => {
    free = Math.max(free, performance.now()) + (1000 * bytes) / bytesPerSecond;
    return new Promise((resolve) => setTimeout(resolve, Math.max(0, free - performance.now())));
  };
}

/** A port of this machine that leads to a host's sshd; what goes there shares the uplink, what comes back is free. */
async function relay(address: string, drink: (bytes: number) => Promise<void>): Promise<number> {
  const server = createServer((client) => {
    const host = connect(22, address);
    host.pipe(client);
    client.on("data", (bytes) => {
      client.pause();
      void drink(bytes.length).then(() => {
        host.write(bytes);
        client.resume();
      });
    });
    for (const [one, other] of [
      [client, host],
      [host, client],
    ] as const) {
      one.on("close", () => other.destroy());
      one.on("error", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}

const lab = await startLab({ hosts: machines, name: "fan-out", bastion: false });
const drink = makeUplink((mbit * 1e6) / 8);
const blocks = await Promise.all(
  lab.hosts.map(async ({ name, address }) => {
    const port = await relay(address, drink);
    const user = (host: string, login: string): string =>
      `Host ${host}\n  HostName 127.0.0.1\n  Port ${port}\n  HostKeyAlias ${name}\n  User ${login}\n  IdentityFile ${lab.key}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${lab.knownHosts}\n`;
    return user(name, "deploy") + user(`root-${name}`, "root");
  }),
);
const sshConfig = join(lab.directory, "fan_out_ssh_config");
await writeFile(sshConfig, blocks.join("\n"));
const project = await aProject({ lab: { sshConfig }, hosts: ["h*"] });
const store = await aStore(lab, project);
const payload = join(project.directory, "payload");

/** Deploys, and prints the seconds of the whole run and of the upload on the slowest host. */
async function timed(version: string): Promise<void> {
  const from = performance.now();
  const { stdout } = succeeded(await project.run("run", "production", "--version", version));
  const seconds = (performance.now() - from) / 1000;
  const steps = stdout.matchAll(/upload:\w+ +done in (?:(\d+) min )?([\d.]+) s/g);
  const uploads = [...steps].map(([, minutes = "0", rest]) => Number(minutes) * 60 + Number(rest));
  process.stdout.write(`${version.padEnd(24)} upload ${Math.max(...uploads)} s, run ${seconds.toFixed(1)} s\n`);
}

async function change(count: number): Promise<void> {
  await mkdir(payload, { recursive: true });
  for (let index = 0; index < count; index += 1)
    await writeFile(join(payload, `${index}.bin`), randomBytes((megabytes * 1e6) / files));
}

async function sent(version: string): Promise<void> {
  await project.write({ hosts: ["h*"] });
  await project.build(version);
  await cp(payload, join(project.directory, "dist/payload"), { recursive: true });
  await timed(version);
}

async function downloaded(version: string): Promise<void> {
  const options = await store.offer(version, {}, "-C", "dist", ".", "-C", "..", "payload");
  await project.write({ hosts: ["h*"], settings: downloading(options) });
  await timed(version);
}

try {
  succeeded(await project.run("setup", "production", "--as", "root", "--yes"));
  process.stdout.write(`${machines} hosts, ${megabytes} MB in ${files} files, an uplink of ${mbit} Mbit/s\n`);
  await change(files);
  await sent("all-sent");
  await change(files / 10);
  await sent("tenth-sent");
  await change(files);
  await downloaded("all-downloaded");
  await change(files / 10);
  await downloaded("tenth-downloaded");
} finally {
  await store.close();
  await project.remove();
  await rm(sshConfig, { force: true });
  await lab.down();
}
process.exit();
