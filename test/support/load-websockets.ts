import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

export interface WebSocketLoadOptions {
  /** Of an endpoint that sends back each message. @example "ws://10.0.0.1/ws" */
  readonly url: string;
  /** Default 8. */
  readonly connections?: number;
  /** Milliseconds between a client's messages. Default 200. */
  readonly every?: number;
}

/**
 * How a WebSocket failed. `refused`: it did not open. `cut`: it ended without a closing word. `timeout`: no message came
 * back for 5 s. `wrong`: another came back.
 */
export type WebSocketFailure = "refused" | "cut" | "timeout" | "wrong";

export interface WebSocketCounts {
  readonly opened: number;
  /** Messages that came back. */
  readonly messages: number;
  /** Ended by the server in the proper way; the client then opens a new one. */
  readonly closed: number;
  readonly failed: number;
  readonly kinds: Readonly<Partial<Record<WebSocketFailure, number>>>;
  /** The first failures, 20 at most. */
  readonly failures: readonly { readonly kind: WebSocketFailure; readonly detail: string; readonly at: number }[];
  readonly seconds: number;
}

export interface WebSocketLoad {
  counts(): WebSocketCounts;
  /** Closes all; resolves when they are closed. Safe to call twice. */
  stop(): Promise<WebSocketCounts>;
}

/** Holds WebSockets open, and sends messages over them, until it is stopped. */
export function startWebSockets(options: WebSocketLoadOptions): WebSocketLoad {
  const { url, connections = 8, every = 200 } = options;
  const began = performance.now();
  const stopped = new AbortController();
  const kinds: Partial<Record<WebSocketFailure, number>> = {};
  const failures: { kind: WebSocketFailure; detail: string; at: number }[] = [];
  let [opened, messages, closed, failed, ended] = [0, 0, 0, 0, 0];

  const fail = (kind: WebSocketFailure, detail: string): void => {
    failed++;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    if (failures.length < 20) failures.push({ kind, detail, at: performance.now() - began });
  };

  const client = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const end = await converse(url, every, stopped.signal, {
        opened: () => opened++,
        answered: () => messages++,
      });
      if (end.kind === "stopped") return;
      if (end.kind === "closed") closed++;
      else fail(end.kind, end.detail);
      await rest(50, stopped.signal);
    }
  };

  const clients = Promise.all(Array.from({ length: connections }, client));
  const counts = (): WebSocketCounts => ({
    opened,
    messages,
    closed,
    failed,
    kinds: { ...kinds },
    failures: [...failures],
    seconds: ((ended === 0 ? performance.now() : ended) - began) / 1000,
  });
  return {
    counts,
    async stop() {
      stopped.abort();
      await clients;
      if (ended === 0) ended = performance.now();
      return counts();
    },
  };
}

type End =
  | { readonly kind: "closed" }
  | { readonly kind: "stopped" }
  | { readonly kind: WebSocketFailure; readonly detail: string };
type Heard = { readonly opened: () => void; readonly answered: () => void };

/** One WebSocket from its opening to its end. Never rejects. */
async function converse(url: string, every: number, signal: AbortSignal, heard: Heard): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  const socket = new WebSocket(url);
  const over = new AbortController();
  let [isOpen, next, answered] = [false, 0, 0];
  let last = performance.now();

  socket.addEventListener("open", () => {
    isOpen = true;
    last = performance.now();
    heard.opened();
  });
  socket.addEventListener("message", ({ data }) => {
    last = performance.now();
    if (data !== `message ${answered++}`) return resolve({ kind: "wrong", detail: `${data} came back` });
    heard.answered();
  });
  // An error is always followed by a close.
  socket.addEventListener("error", () => undefined);
  socket.addEventListener("close", ({ code, wasClean }) => {
    const detail = `code ${code}, ${wasClean ? "clean" : "not clean"}, after ${answered} of ${next} messages`;
    if (signal.aborted) resolve({ kind: "stopped" });
    else if (!isOpen) resolve({ kind: "refused", detail });
    else resolve(wasClean ? { kind: "closed" } : { kind: "cut", detail });
  });

  let late: NodeJS.Timeout | undefined;
  const talk = async (): Promise<void> => {
    while (!over.signal.aborted && !signal.aborted) {
      if (performance.now() - last > 5000) resolve({ kind: "timeout", detail: `silent after ${answered} messages` });
      else if (socket.readyState === WebSocket.OPEN) socket.send(`message ${next++}`);
      await rest(every, AbortSignal.any([signal, over.signal]));
    }
    // A server that does not answer the closing word must not hold up the test.
    if (signal.aborted) late = setTimeout(() => resolve({ kind: "stopped" }), 2000);
    socket.close();
  };
  void talk();
  const end = await promise;
  over.abort();
  clearTimeout(late);
  return end;
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}
