// A program of its own: reads the needle from its input, then the command line and the environment of every process of
// this machine and of the lab's hosts, again and again, and at SIGTERM prints what it saw.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

const needle = Buffer.from(readFileSync(0, "utf8").trim());
const here = namespace("self");
const found = new Set<string>();
const hostsSeen = new Set<string>();
let rounds = 0;
let stopped = false;
process.on("SIGTERM", () => (stopped = true));
process.stdout.write("watching\n");

function look(): void {
  if (stopped)
    return void process.stdout.write(`${JSON.stringify({ rounds, found: [...found], hosts: [...hostsSeen] })}\n`);
  for (const pid of readdirSync("/proc")) if (/^\d+$/.test(pid)) lookAt(pid);
  rounds += 1;
  setImmediate(look);
}
look();

function lookAt(pid: string): void {
  const line = read(pid, "cmdline");
  if (line.includes(needle)) found.add(`cmdline of ${name(line)}`);
  const words = line.toString();
  if (/^(ssh|rsync|sudo|tee|bash)\0/.test(words)) hostsSeen.add(words.slice(0, words.indexOf("\0")));
  // The client was started with it in its environment, and its children inherit that; on a host only the service has it.
  if (namespace(pid) === here || !read(pid, "environ").includes(needle)) return;
  if (!/link(-|\\x2d)shortener/.test(read(pid, "cgroup").toString())) found.add(`environ of ${name(line)}`);
}

function read(pid: string, file: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch {
    return Buffer.alloc(0); // it has ended
  }
}

function namespace(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return here;
  }
}

/** The program alone: what it was given may be the secret. */
function name(line: Buffer): string {
  return line.toString().split("\0")[0] ?? "";
}
