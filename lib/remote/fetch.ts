import { spawn } from "node:child_process";
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { Duplex, Readable } from "node:stream";
import type { Writable } from "node:stream";
import type { Line } from "../model/shell.ts";
import { reader } from "./reader.ts";

/**
 * `fetch` to a port or a socket of the host itself, through a channel of the open ssh connection: ssh itself
 * leads to a port, a command on the host to a socket. It resolves with the head of the
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
  const way = typeof place === "number" ? ["-W", `127.0.0.1:${place}`, "--", host] : ["--", host, reader];
  const child = spawn("ssh", [...channel, ...way], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  child.on("error", reject);
  child.stdin.on("error", () => {});
  // As every command for the host it travels on the input, before what is its own.
  if (typeof place !== "number") child.stdin.write(`exec ${place.raw}\0`);
  const socket = joinStreams(child.stdout, child.stdin);
  socket.on("error", reject);
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
  outgoing.on("error", reject);
  outgoing.on("close", () => child.kill());
  outgoing.on("response", (incoming) => resolve(responseOf(incoming)));
  outgoing.end(body);
  return await promise;
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
