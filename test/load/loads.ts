import type { IncomingHttpHeaders } from "node:http";
import { type LoadCounts, type LoadOptions, type LoadRequest, startLoad } from "../support/load.ts";
import { type WebSocketCounts, startWebSockets } from "../support/load-websockets.ts";

/** What a load came to. `kept` of the requests met a kept connection that was just closed, and were sent again. */
export type Tally = {
  readonly requests: number;
  readonly failed: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly kept: number;
  /** Answers by version; of WebSockets none. */
  readonly versions: ReadonlyMap<string, number>;
  /** For people: the first failures. */
  readonly failures: readonly string[];
};

export type RunningLoad = { stop(): Promise<Tally> };

/** What clients do to a host while bgdeploy deploys to it. */
export type LoadCase = {
  readonly name: string;
  /** Milliseconds until each client is in the middle of something. */
  readonly warmUp: number;
  /** `drain.timeout` of the config, where the default is too long: a WebSocket never ends by itself. */
  readonly drain?: string;
  start(address: string): RunningLoad;
};

// Bounded: on a machine with two cores the clients, nginx and two apps share, more would measure who is starved first.
const flatOut = http("32 connections flat out", 500, { path: "/" }, { connections: 32, pause: 5 });
const slow = http(
  "1 s responses, 32 at once",
  1200,
  { path: "/slow?ms=1000", check: is("slow 1000\n") },
  { connections: 32, pause: 0, stagger: 1000 },
);
const idle = http(
  "50 idle keep-alive clients",
  2000,
  { path: "/" },
  { connections: 50, pause: [200, 2000], stagger: 2000 },
);
const streams = http(
  "5 s downloads back to back",
  1000,
  { path: "/stream?seconds=5", timeout: 20_000, check: isWholeStream },
  { connections: 8, pause: 0, stagger: 5000 },
);
/** A POST is not sent again (RFC 9110, 9.2.2), so it must not meet nginx's keep-alive race: a connection for each. */
const uploads = http(
  "4 s uploads",
  1000,
  {
    path: "/echo",
    method: "POST",
    body: "x".repeat(100_000),
    bodyOver: 4000,
    timeout: 20_000,
    check: is('{"bytes":100000}\n'),
  },
  { connections: 8, pause: 0, stagger: 4000, fresh: true },
);
/** Each client sends one body, over so many milliseconds, and then the next. */
export function uploadOf(milliseconds: number): LoadCase {
  const wanted = { path: "/echo", method: "POST", body: "x".repeat(100_000), check: is('{"bytes":100000}\n') };
  const name = `uploads of ${milliseconds / 1000} s`;
  return http(
    name,
    1000,
    { ...wanted, bodyOver: milliseconds, timeout: 30_000 },
    { connections: 2, pause: 0, fresh: true },
  );
}

/** An answer that takes its time: it is on its way when the app is killed. */
const slowUploads = http(
  "uploads that are answered slowly",
  1000,
  {
    path: "/slow?ms=1000",
    method: "POST",
    body: "x".repeat(100_000),
    bodyOver: 3000,
    timeout: 20_000,
    check: is("slow 1000\n"),
  },
  { connections: 16, pause: 0, stagger: 4000, fresh: true },
);
const webSockets: LoadCase = {
  name: "open WebSockets",
  warmUp: 500,
  drain: "2s",
  start(address) {
    const load = startWebSockets({ url: `ws://${address}/ws` });
    return { stop: async () => tallyOfSockets(await load.stop()) };
  },
};

export const loads = { flatOut, slow, idle, streams, webSockets, uploads } as const;

/** With an app that takes long to stop, it meets whatever comes to the old variant behind the drain. */
export const late = slowUploads;

type Wanted = Omit<LoadRequest, "url"> & { readonly path: string };

function http(
  name: string,
  warmUp: number,
  { path, ...wanted }: Wanted,
  options: Omit<LoadOptions, "requests">,
): LoadCase {
  return {
    name,
    warmUp,
    start(address) {
      const requests = [{ ...wanted, url: `http://${address}${path}` }];
      const load = startLoad({ requests, label: versionOf, retryClosed: true, ...options });
      return { stop: async () => tallyOf(await load.stop()) };
    },
  };
}

function versionOf(headers: IncomingHttpHeaders): string {
  return String(headers["x-version"]);
}

function is(wanted: string): (body: string) => string | undefined {
  return (body) => (body === wanted ? undefined : body.slice(0, 80));
}

function isWholeStream(body: string): string | undefined {
  const lines = body.split("\n");
  return lines.length === 52 && lines[50] === "end" ? undefined : `${lines.length} lines, at last ${lines.at(-2)}`;
}

function tallyOf({ sent, failed, kinds, retried, labels, failures }: LoadCounts): Tally {
  return {
    requests: sent,
    failed,
    kinds,
    kept: retried,
    versions: labels,
    failures: failures.map(
      ({ kind, url, detail, at }) => `${kind} after ${Math.round(at)} ms: ${url}: ${detail.replaceAll(/\s+/g, " ")}`,
    ),
  };
}

function tallyOfSockets({ messages, failed, kinds, closed, opened, failures }: WebSocketCounts): Tally {
  return {
    requests: messages,
    failed,
    kinds,
    kept: 0,
    versions: new Map([
      ["opened", opened],
      ["closed properly", closed],
    ]),
    failures: failures.map(({ kind, detail, at }) => `${kind} after ${Math.round(at)} ms: ${detail}`),
  };
}
