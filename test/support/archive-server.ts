import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";

/** How the server answers for a file. */
export type Answering = {
  readonly bytes?: Buffer;
  /** Answers with this status and nothing else. */
  readonly status?: number;
  /** Sends the whole file whatever part is asked for. */
  readonly ignoresRange?: boolean;
  /** Ends each connection after so many bytes of an answer. */
  readonly cutAfter?: number;
  /** Ends each connection at this byte of the file: no try gets beyond it. */
  readonly cutAt?: number;
  /** Does not say how many bytes it sends. */
  readonly hidesLength?: boolean;
  /** Bytes a second. */
  readonly rate?: number;
  /** Leads there instead. */
  readonly redirect?: string;
  /** Where it is not sent: 401. */
  readonly authorization?: string;
};

/** A request as it came: `GET /app.tar.gz?sig=x`, the first byte that was asked for, and the bytes that were sent. */
export type Seen = {
  readonly url: string;
  readonly from: number;
  readonly authorization: string | undefined;
  readonly client: string;
  sent: number;
};

/** A storage that serves files by path, and does so badly where a test wants it. */
export type ArchiveServer = {
  readonly port: number;
  /** `http://<address>:<port>/<name>` */
  url(name: string): string;
  set(name: string, answering: Answering): void;
  readonly seen: Seen[];
  /** Resolves once this holds for what was seen; looked at with every piece that is sent. */
  until(holds: (seen: readonly Seen[]) => boolean): Promise<void>;
  close(): Promise<void>;
};

const piece = 16 * 1024;

/** Listens on all addresses of this machine; `address` is the one that the hosts reach, with `tls` by https. */
export async function serveArchives(
  address: string,
  tls?: { readonly key: string; readonly cert: string },
): Promise<ArchiveServer> {
  const files = new Map<string, Answering>();
  const seen: Seen[] = [];
  const waiting = new Set<() => void>();
  const moved = (): void => {
    for (const look of waiting) look();
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname } = new URL(request.url ?? "/", "http://storage");
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const { authorization } = request.headers;
    const one: Seen = {
      url: request.url ?? "",
      from,
      authorization,
      client: request.socket.remoteAddress ?? "",
      sent: 0,
    };
    seen.push(one);
    moved();
    void send(files.get(pathname.slice(1)) ?? { status: 404 }, one, response, moved);
  };
  const server = tls === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  return {
    port,
    url: (name) => `${tls === undefined ? "http" : "https"}://${address}:${port}/${name}`,
    set: (name, answering) => void files.set(name, answering),
    seen,
    until(holds) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (holds(seen)) resolve();
      };
      waiting.add(look);
      look();
      return promise.finally(() => waiting.delete(look));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function send(file: Answering, seen: Seen, response: ServerResponse, moved: () => void): Promise<void> {
  if (file.redirect !== undefined) return void response.writeHead(302, { location: file.redirect }).end();
  if (file.authorization !== undefined && seen.authorization !== file.authorization)
    return void response.writeHead(401).end();
  const all = file.bytes ?? Buffer.alloc(0);
  if (file.status !== undefined) return void response.writeHead(file.status).end("no");
  const from = file.ignoresRange === true ? 0 : seen.from;
  if (from > 0 && from >= all.length)
    return void response.writeHead(416, { "content-range": `bytes */${all.length}` }).end();
  const range = from > 0 ? { "content-range": `bytes ${from}-${all.length - 1}/${all.length}` } : {};
  const length = file.hidesLength === true ? {} : { "content-length": all.length - from };
  response.writeHead(from > 0 ? 206 : 200, { ...length, ...range });
  const end = Math.min(all.length, file.cutAt ?? all.length, from + (file.cutAfter ?? all.length));
  const closed = new Promise((resolve) => response.once("close", resolve));
  for (let at = from; at < end; at += piece) {
    if (response.destroyed) return;
    const bytes = all.subarray(at, Math.min(at + piece, end));
    await Promise.race([new Promise((resolve) => response.write(bytes, resolve)), closed]);
    seen.sent += bytes.length;
    moved();
    if (file.rate !== undefined) await new Promise((resolve) => setTimeout(resolve, (1000 * piece) / (file.rate ?? 1)));
  }
  if (end < all.length) response.destroy();
  else response.end();
}
