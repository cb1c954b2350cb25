import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { performance } from "node:perf_hooks";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { relay } from "../../bench/network/relay.ts";

const rtt = 200;

const test = suite("relay");
let echo: Server;
let line: Server;
test.before(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket));
  line = relay({ host: "127.0.0.1", port: await listening(echo) }, rtt);
  await listening(line);
});
test.after(() => {
  line.close();
  echo.close();
});

test("a question over an open connection is answered after one round trip, over a new one after two", async () => {
  const socket = connect(portOf(line), "127.0.0.1");
  const [opening, asking] = [await answered(socket, "a"), await answered(socket, "b")];
  socket.destroy();
  assert.ok(opening >= 2 * rtt - 2, `the first answer came after ${opening} ms`);
  assert.ok(asking >= rtt - 2 && asking < opening, `the second answer came after ${asking} ms`);
});

test("what is sent one after the other is under way at once, and arrives whole and in order", async () => {
  const socket = connect(portOf(line), "127.0.0.1");
  await answered(socket, "a");
  const began = performance.now();
  const sent = Array.from({ length: 40 }, (_, index) => `${index} ${"x".repeat(10_000)};`);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (const part of sent) {
    socket.write(part);
    await new Promise(setImmediate);
  }
  socket.end();
  await once(socket, "end");
  assert.is(Buffer.concat(chunks).toString(), sent.join(""));
  // One after the other, forty questions would take forty round trips.
  assert.ok(performance.now() - began < 20 * rtt);
});

test.run();

async function answered(socket: Socket, question: string): Promise<number> {
  const began = performance.now();
  socket.write(question);
  await once(socket, "data");
  return performance.now() - began;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return portOf(server);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
