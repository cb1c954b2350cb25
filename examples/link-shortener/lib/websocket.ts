import { createHash } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Settings } from "./settings.ts";

/** Adds `/ws`, which sends back every message (RFC 6455, messages under 64 KiB), until `stopping`. */
export function addWebSocketEcho(server: Server, { variant, version }: Settings, stopping: AbortSignal): void {
  const sockets = new Set<Duplex>();
  stopping.addEventListener("abort", () => sockets.forEach(goAway));

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const key = request.url === "/ws" ? request.headers["sec-websocket-key"] : undefined;
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    const status = key
      ? `101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`
      : "404 Not Found\r\nConnection: close";
    socket.write(`HTTP/1.1 ${status}\r\nX-Variant: ${variant}\r\nX-Version: ${version}\r\n\r\n`);
    if (!key) {
      socket.end();
      return;
    }

    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    let pending = head;
    const read = (chunk: Buffer) => (pending = answer(socket, Buffer.concat([pending, chunk])));
    read(Buffer.alloc(0));
    socket.on("data", read);
  });
}

/** Answers the complete frames; returns the bytes left over. */
function answer(socket: Duplex, bytes: Buffer): Buffer {
  if (bytes.length < 6 || !socket.writable) return bytes;
  const first = bytes.readUInt8(0);
  const opcode = first & 0x0f;
  const size = bytes.readUInt8(1) & 0x7f;
  const start = size === 126 ? 8 : 6;
  const end = start + (size === 126 ? bytes.readUInt16BE(2) : size);
  if (bytes.length < end) return bytes;

  const mask = bytes.subarray(start - 4, start);
  const payload = bytes.subarray(start, end).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  if (opcode === 8 || size === 127) goAway(socket);
  else if (opcode === 9) socket.write(frame(0x8a, payload));
  else if (opcode !== 10) socket.write(frame(first, payload));
  return answer(socket, bytes.subarray(end));
}

function goAway(socket: Duplex): void {
  socket.end(frame(0x88, Buffer.from([0x03, 0xe9])), () => socket.destroy());
}

function frame(first: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = length < 126 ? [first, length] : [first, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}
