import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

const patience = 25_000;

/**
 * On SIGTERM or SIGINT the server finishes what it has begun, and the process ends by itself. The signal returned is
 * aborted then. A second one, or 25 s, ends it at once with 1.
 */
export function stopGracefully(server: Server): AbortSignal {
  const controller = new AbortController();
  const sockets = tracked<Socket>();
  const responses = tracked<ServerResponse>();
  server.on("connection", sockets.add);
  server.prependListener("request", (_request, response) => {
    responses.add(response);
    if (controller.signal.aborted) response.setHeader("Connection", "close");
  });

  const stop = () => {
    if (controller.signal.aborted) giveUp(responses.all.size);
    controller.abort();
    server.close();
    for (const response of responses.all) if (!response.headersSent) response.setHeader("Connection", "close");
    // Node counts a connection without a first request as busy.
    for (const socket of sockets.all) if (socket.bytesRead === 0) socket.destroy();
    // An answer that had begun before leaves its connection open.
    setInterval(() => server.closeIdleConnections(), 50).unref();
    setTimeout(() => giveUp(responses.all.size), patience).unref();
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
  return controller.signal;
}

function tracked<T extends Socket | ServerResponse>() {
  const all = new Set<T>();
  const add = (item: T) => {
    all.add(item);
    item.once("close", () => all.delete(item));
  };
  return { all, add };
}

function giveUp(cut: number): never {
  console.error(`link-shortener: stops now; unfinished requests: ${cut}.`);
  process.exit(1);
}
