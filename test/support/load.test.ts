import { type RequestListener, type Server, createServer } from "node:http";
import { type AddressInfo, type Socket, createServer as createTcpServer } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { setTimeout as wait } from "node:timers/promises";
import { type LoadCounts, type LoadOptions, describeFailures, startLoad } from "./load.ts";

test("good answers are counted, by label too", async () => {
  await using server = await listening((_, response) => response.setHeader("x-version", "v1").end("whole"));
  const counts = await loaded(server.url, { label: (headers) => String(headers["x-version"]) });
  assert.ok(counts.sent > 10);
  assert.is(counts.failed, 0);
  assert.equal([...counts.labels], [["v1", counts.good]]);
  assert.is(describeFailures(counts), "no request failed");
});

test("a client keeps its connection", async () => {
  let connections = 0;
  await using server = await listening((_, response) => response.end());
  server.on("connection", () => connections++);
  await loaded(server.url, { connections: 3 });
  assert.is(connections, 3);
});

test("a status that is not 2xx is a failure", async () => {
  await using server = await listening((_, response) => response.writeHead(502).end("bad gateway"));
  const counts = await loaded(server.url);
  assert.is(counts.good, 0);
  assert.equal(counts.kinds, { status: counts.failed });
  assert.is(counts.failures[0]?.detail, "502: bad gateway");
});

test("an answer that ends before its length, or its last chunk, is cut", async () => {
  await using short = await listening((_, response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("half", () => response.socket?.destroy());
  });
  await using chunked = await listening((_, response) => {
    response.write("half", () => response.socket?.destroy());
  });
  await using reset = await listening((_, response) => {
    response.write("half", () => response.socket?.resetAndDestroy());
  });
  for (const { url } of [short, chunked, reset]) {
    const counts = await loaded(url);
    assert.ok(counts.failed > 0);
    assert.equal(counts.kinds, { cut: counts.failed });
  }
});

test("a new connection that is reset, and a kept one that is closed, are told apart", async () => {
  await using reset = await tcp((socket) => socket.once("data", () => socket.resetAndDestroy()));
  assert.equal(Object.keys((await loaded(reset.url)).kinds), ["reset"]);

  await using closing = await tcp(answersOnce);
  const strict = await loaded(closing.url);
  assert.ok(strict.good > 0);
  assert.equal(Object.keys(strict.kinds), ["closed"]);
  const patient = await loaded(closing.url, { retryClosed: true });
  assert.is(patient.failed, 0);
  assert.ok(patient.retried > 0);
});

test("a kept connection is closed, not reset, also behind a body that was sent slowly", async () => {
  await using closing = await listening((request, response) => {
    if (request.method === "GET") response.socket?.resetAndDestroy();
    // Answers while the client has not yet said that its request has ended.
    else request.resume().on("end", () => response.end());
  });
  const requests = [{ url: closing.url, method: "POST", body: "x".repeat(1000), bodyOver: 100 }, { url: closing.url }];
  const load = startLoad({ requests, connections: 1, pause: 0 });
  await wait(300);
  const counts = await load.stop();
  assert.ok(counts.good > 0);
  assert.equal(Object.keys(counts.kinds), ["closed"]);
});

test("an answer that does not come in time is a timeout", async () => {
  await using server = await listening(() => undefined);
  const load = startLoad({ requests: [{ url: server.url, timeout: 20 }], connections: 1, pause: 0 });
  await wait(200);
  const counts = await load.stop();
  assert.equal(counts.kinds, { timeout: counts.failed });
  assert.ok(counts.failed >= 2);
});

test("where nothing listens, connections are refused", async () => {
  const server = await listening(() => undefined);
  await server[Symbol.asyncDispose]();
  assert.equal(Object.keys((await loaded(server.url)).kinds), ["refused"]);
});

test("a body can be sent slowly", async () => {
  let pieces = 0;
  await using server = await listening((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => [pieces++, (bytes += chunk.length)]);
    request.on("end", () => response.end(`${bytes}`));
  });
  const body = "x".repeat(1000);
  const check = (bytes: string): string | undefined => (bytes === "1000" ? undefined : bytes);
  const load = startLoad({
    requests: [{ url: server.url, method: "POST", body, bodyOver: 200, check }],
    connections: 1,
  });
  await wait(20);
  const counts = await load.stop();
  assert.equal([counts.good, counts.failed], [1, 0]);
  assert.ok(pieces > 5, `${pieces} pieces`);
});

test("each request can have a connection of its own", async () => {
  let connections = 0;
  await using server = await listening((_, response) => response.end());
  server.on("connection", () => connections++);
  const counts = await loaded(server.url, { fresh: true, pause: [1, 5] });
  assert.is(connections, counts.sent);
});

test("a body can be checked", async () => {
  await using server = await listening((_, response) => response.end("blue"));
  const load = startLoad({ requests: [{ url: server.url, check: isGreen }], connections: 1 });
  await wait(50);
  const counts = await load.stop();
  assert.equal(counts.kinds, { wrong: counts.failed });
  assert.is(counts.failures[0]?.detail, "it is blue");
});

test("stop waits for what is in flight", async () => {
  await using server = await listening((_, response) => void setTimeout(() => response.end("late"), 80));
  const load = startLoad({ requests: [{ url: server.url }], connections: 4 });
  await wait(20);
  const counts = await load.stop();
  assert.is(counts.good, 4);
});

test.run();

function isGreen(body: string): string | undefined {
  return body === "green" ? undefined : `it is ${body}`;
}

async function loaded(url: string, options: Partial<LoadOptions> = {}): Promise<LoadCounts> {
  const load = startLoad({ requests: [{ url }], connections: 2, pause: 1, ...options });
  // By count, not by time alone: the machine may be busy.
  for (const end = Date.now() + 5000; load.counts().sent < 12 && Date.now() < end;) await wait(20);
  return load.stop();
}

type Listening = { readonly url: string; on: Server["on"]; [Symbol.asyncDispose](): Promise<void> };

async function listening(answer: RequestListener): Promise<Listening> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: urlOf(server.address()),
    on: server.on.bind(server),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function tcp(talk: (socket: Socket) => void): Promise<{ url: string } & AsyncDisposable> {
  const server = createTcpServer((socket) => talk(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: urlOf(server.address()),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers a first request, and closes the connection at the second. */
function answersOnce(socket: Socket): void {
  let requests = 0;
  socket.on("data", () => {
    if (++requests > 1) return void socket.destroy();
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") throw new TypeError("not a TCP address");
  return `http://127.0.0.1:${address.port}/`;
}
