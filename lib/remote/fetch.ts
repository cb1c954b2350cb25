import { spawn } from "node:child_process";
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { Duplex, Readable } from "node:stream";
import type { Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { portBridgeLine } from "../model/bridge.ts";
import type { Line } from "../model/shell.ts";
import { reader } from "./reader.ts";
import { sessionRefused } from "./session-refused.ts";

/** Characters of what the host's end complains of. */
const mostSaid = 4096;

/** Milliseconds for it to say why. */
const toSay = 1000;

/**
 * `fetch` to a port or a socket of the host itself, through a channel of the open ssh connection, where a command leads
 * there. It resolves with the head of the
 * answer; the body comes as it is read. When `over` is aborted the channel ends, whoever has read how much.
 */
export async function fetchOnHost(
  host: string,
  channel: readonly string[],
  place: number | Line,
  over: AbortSignal,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  // An unused Request checks the method, the headers and the body, and turns them into bytes.
  const wanted = new Request(
    new URL(path, typeof place === "number" ? `http://127.0.0.1:${place}` : "http://localhost"),
    { redirect: "manual", ...init },
  );
  const body = Buffer.from(await wanted.arrayBuffer());
  const child = spawn("ssh", [...channel, "--", host, reader], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-mostSaid)));
  const ended = new Promise<void>((resolve) => void child.on("close", () => resolve()));
  const fail = async (error: Error): Promise<void> => {
    if (wanted.signal.aborted || over.aborted) return reject(error);
    await Promise.race([ended, setTimeout(toSay)]);
    reject(sessionRefused(host, stderr) ?? failure(host, place, wanted, stderr, error));
  };
  child.on("error", reject);
  child.stdin.on("error", () => {});
  // As every command for the host it travels on the input, before what is its own.
  child.stdin.write(`${typeof place === "number" ? portBridgeLine(place).raw : `exec ${place.raw}`}\0`);
  const socket = joinStreams(child.stdout, child.stdin);
  socket.on("error", (error) => void fail(error));
  const url = new URL(wanted.url);
  const outgoing = request({
    createConnection: () => socket, // used only where there is no agent, not even `false`
    host: url.hostname,
    ...(typeof place === "number" ? { port: place } : {}),
    path: `${url.pathname}${url.search}`,
    method: wanted.method,
    headers: { ...Object.fromEntries(wanted.headers), connection: "close" },
    signal: AbortSignal.any([wanted.signal, over]),
  });
  outgoing.on("error", (error) => void fail(error));
  outgoing.on("close", () => child.kill());
  outgoing.on("response", (incoming) => resolve(responseOf(incoming)));
  outgoing.end(body);
  return await promise;
}

/** Why there was no answer: what the host's end said, else what was seen here. */
function failure(host: string, place: number | Line, { method, url }: Request, stderr: string, cause: Error): Error {
  const { pathname } = new URL(url);
  const where = typeof place === "number" ? `port ${place}` : "its socket";
  const isRefused = /refused/i.test(stderr);
  const said =
    stderr
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^(bash: )?line \d+: /, "") || cause.message;
  const why = isRefused ? `nothing listens on ${where}. Does the hook run before the new variant is started?` : said;
  return new Error(`${host}: ${method} ${pathname} was not answered: ${why}`, { cause });
}

function responseOf(incoming: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  const { statusCode: status = 502, statusMessage: statusText = "" } = incoming;
  const isEmpty = [101, 204, 205, 304].includes(status);
  if (isEmpty) incoming.resume();
  return new Response(isEmpty ? null : Readable.toWeb(incoming), { status, statusText, headers });
}

/** One stream of two. Unlike `Duplex.from` it does not take the end of the input for a failure of an answer that is still read. */
function joinStreams(readable: Readable, writable: Writable): Duplex {
  const joined = new Duplex({
    read: () => readable.resume(),
    write: (chunk, encoding, done) => void writable.write(chunk, encoding, () => done()),
    final: (done) => void writable.end(() => done()),
  });
  readable.on("data", (chunk) => {
    if (!joined.push(chunk)) readable.pause();
  });
  readable.on("end", () => joined.push(null));
  readable.on("error", (error) => joined.destroy(error));
  return joined;
}
