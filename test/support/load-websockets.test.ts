import { createHash } from "node:crypto";
import { type Server, createServer } from "node:http";
import { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type WebSocketCounts, startWebSockets } from "./load-websockets.ts";

/** RFC 6455: a server's frames, not masked. */
const goingAway = Buffer.from([0x88, 2, 0x03, 0xe9]);
const text = (word: string): Buffer => Buffer.concat([Buffer.from([0x81, word.length]), Buffer.from(word)]);

test("messages that come back are counted", async () => {
  const counts = await loaded(
    (socket) => {
      let next = 0;
      socket.on("data", (chunk: Buffer) => isText(chunk) && socket.write(text(`message ${next++}`)));
    },
    ({ messages }) => messages > 4,
  );
  assert.ok(counts.messages > 4);
  assert.equal([counts.opened, counts.closed, counts.failed], [2, 0, 0]);
});

test("a server that says that it goes away has closed it properly; the client opens a new one", async () => {
  const counts = await loaded(
    (socket) => void socket.once("data", () => socket.end(goingAway)),
    ({ closed, opened }) => closed > 2 && opened > 2,
  );
  assert.ok(counts.closed > 2);
  assert.ok(counts.opened > 2);
  assert.is(counts.failed, 0);
});

test("one that ends without a word is cut", async () => {
  for (const end of ["end", "resetAndDestroy"] as const) {
    const counts = await loaded((socket) => void socket.once("data", () => socket[end]()));
    assert.equal(counts.kinds, { cut: counts.failed });
    assert.ok(counts.failed > 1);
  }
});

test("another message than the one that was sent is wrong", async () => {
  const counts = await loaded((socket) => void socket.once("data", () => socket.write(text("hello"))));
  assert.equal(counts.kinds, { wrong: counts.failed });
});

test("where none can be opened, it is refused", async () => {
  const load = startWebSockets({ url: "ws://127.0.0.1:1/ws", connections: 1 });
  await wait(50);
  const counts = await load.stop();
  assert.equal(counts.kinds, { refused: counts.failed });
  assert.ok(counts.failed > 0);
});

test.run();

const isText = (chunk: Buffer): boolean => chunk[0] === 0x81;

/** For 200 ms, and on a busy machine until there is `enough`. */
async function loaded(
  talk: (socket: Socket) => void,
  enough: (counts: WebSocketCounts) => boolean = () => true,
): Promise<WebSocketCounts> {
  const server: Server = createServer();
  const sockets = new Set<Socket>();
  server.on("upgrade", ({ headers }, socket) => {
    const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    socket.write([...lines, `Sec-WebSocket-Accept: ${accept.digest("base64")}`, "", ""].join("\r\n"));
    if (!(socket instanceof Socket)) throw new TypeError("not a TCP socket");
    sockets.add(socket);
    socket.on("error", () => undefined);
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const load = startWebSockets({ url: `ws://127.0.0.1:${port}/ws`, connections: 2, every: 10 });
  await wait(200);
  for (let waited = 0; waited < 10_000 && !enough(load.counts()); waited += 20) await wait(20);
  const stopping = load.stop();
  await Promise.race([stopping, wait(1000)]);
  for (const socket of sockets) socket.destroy();
  const counts = await stopping;
  // Its callback may never come where a connection was reset (seen with Node 24 on a busy machine).
  server.close();
  return counts;
}
