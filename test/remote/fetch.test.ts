import type { Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fetchOnHost } from "../../lib/remote/fetch.ts";
import { installFakeSsh, rejection } from "./support/fake-ssh.ts";

/** What a request is answered with, by its path. */
const answers: Readonly<Record<string, (answer: ServerResponse, body: string) => void>> = {
  "/echo": (answer, body) => void answer.writeHead(201, { "x-one": ["a", "b"] }).end(`got ${body}`),
  "/none": (answer) => void answer.writeHead(204).end(),
  "/events": (answer) => void answer.write("first\n"),
  "/cut": (answer) => void answer.writeHead(200, { "content-length": "100" }).write("half", () => answer.destroy()),
  "/gone": (answer) => void answer.socket?.destroy(),
  "/much": (answer) => void answer.end(Buffer.alloc(20_000_000, "x")),
};

let uninstall = (): void => {};
let server: Server;
const open = new Set<Socket>();
test.before(async () => {
  uninstall = installFakeSsh();
  server = createServer((request, answer) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => answers[request.url ?? ""]?.(answer, body));
  });
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
test.after(() => {
  uninstall();
  server.close();
});

const never = new AbortController().signal;

function visit(path: string, init?: RequestInit, over: AbortSignal = never): Promise<Response> {
  return fetchOnHost("h1", [], (server.address() as AddressInfo).port, over, path, init);
}

async function nobodyIsConnected(): Promise<void> {
  for (let tries = 0; open.size > 0 && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.is(open.size, 0);
}

test("status, headers and body arrive, and the connection ends with the body", async () => {
  const answer = await visit("/echo", { method: "POST", body: "a b" });
  assert.equal([answer.status, answer.headers.get("x-one"), await answer.text()], [201, "a, b", "got a b"]);
  const none = await visit("/none");
  assert.equal([none.status, none.body], [204, null]);
  assert.is((await (await visit("/much")).text()).length, 20_000_000);
  await nobodyIsConnected();
});

test("an answer that never ends is read as it comes, and ends with the hook", async () => {
  const over = new AbortController();
  const { body } = await visit("/events", {}, over.signal);
  const reader = body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  assert.is(new TextDecoder().decode(value), "first\n");
  over.abort();
  assert.ok(await rejection(reader?.read() ?? Promise.resolve()));
  await nobodyIsConnected();
});

test("an answer that nobody reads ends with the hook", async () => {
  const over = new AbortController();
  await visit("/much", {}, over.signal);
  await visit("/much", { method: "HEAD" }, over.signal);
  over.abort();
  await nobodyIsConnected();
});

test("a body that is cut off, and a port where nobody listens, are failures", async () => {
  assert.ok(await rejection((await visit("/cut")).text()));
  assert.match(
    String(await rejection(fetchOnHost("h1", [], 1, never, "/up?x=1"))),
    "h1: GET /up was not answered: nothing listens on port 1. Does the hook run before the new variant is started?",
  );
  assert.match(String(await rejection(visit("/gone"))), "h1: GET /gone was not answered: socket hang up");
});

test("a hook's own signal ends its request", async () => {
  assert.ok(await rejection(visit("/silent", { signal: AbortSignal.timeout(50) })));
  await nobodyIsConnected();
});

test.run();
