import { Agent, type ClientRequest, type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

/** One kind of request; a connection sends the requests of a load in turn, starting with a different one each. */
export interface LoadRequest {
  /** @example "http://10.0.0.1/slow?ms=300" */
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds over which the body is sent, in 20 pieces. Default: at once. */
  readonly bodyOver?: number;
  /** Milliseconds from sending to the last byte; later is a failure. Default 10,000. */
  readonly timeout?: number;
  /** The status of a good answer. Default: 200 to 299. */
  readonly expect?: number;
  /** Says what is wrong with a body, or `undefined`. */
  readonly check?: (body: string) => string | undefined;
}

export interface LoadOptions {
  readonly requests: readonly LoadRequest[];
  /** Clients with one keep-alive connection each (to each host that they ask). Default 32. */
  readonly connections?: number;
  /** Milliseconds that a client rests between an answer and its next request, or from which to which by chance. Default 10. */
  readonly pause?: number | readonly [number, number];
  /** Milliseconds over which the clients begin, one after the other. Default 0. */
  readonly stagger?: number;
  /** A new connection for each request. Default false: a client keeps its connection. */
  readonly fresh?: boolean;
  /** Counts the answers by this. @example (headers) => String(headers["x-version"]) */
  readonly label?: (headers: IncomingHttpHeaders) => string;
  /**
   * Sends a request again, on a new connection, when the old one was closed before any byte of an answer, as browsers do
   * for GET (RFC 9112, 9.3.1). Default false: such a request counts as failed.
   */
  readonly retryClosed?: boolean;
}

/**
 * How a request failed. `refused`: no connection. `closed`: a kept connection ended before any byte of the answer.
 * `reset`: a new one did. `cut`: the answer ended before its end. `status`: not the expected one. `wrong`: its body is.
 */
export type FailureKind = "refused" | "closed" | "reset" | "cut" | "timeout" | "status" | "wrong" | "other";

export interface LoadFailure {
  readonly kind: FailureKind;
  readonly url: string;
  readonly detail: string;
  /** Milliseconds since the load began. */
  readonly at: number;
}

export interface LoadCounts {
  /** Requests that have an end, good or bad; one that was sent again counts once. */
  readonly sent: number;
  readonly good: number;
  readonly failed: number;
  readonly kinds: Readonly<Partial<Record<FailureKind, number>>>;
  /** The first failures, 20 at most. */
  readonly failures: readonly LoadFailure[];
  readonly retried: number;
  /** Good answers by label. */
  readonly labels: ReadonlyMap<string, number>;
  /** Milliseconds of the slowest good answer. */
  readonly slowest: number;
  readonly seconds: number;
}

export interface Load {
  /** What has been counted until now. */
  counts(): LoadCounts;
  /** Sends no more; resolves when every request in flight has its end. Safe to call twice. */
  stop(): Promise<LoadCounts>;
}

/** Sends requests over keep-alive connections until it is stopped, and judges every answer. */
export function startLoad(options: LoadOptions): Load {
  const { requests, connections = 32, pause = 10, stagger = 0, fresh = false, label, retryClosed = false } = options;
  if (requests.length === 0) throw new TypeError("a load needs a request");
  const began = performance.now();
  const kinds: Partial<Record<FailureKind, number>> = {};
  const failures: LoadFailure[] = [];
  const labels = new Map<string, number>();
  const stopped = new AbortController();
  let [good, failed, retried, slowest, ended] = [0, 0, 0, 0, 0];

  const record = (wanted: LoadRequest, answer: Answer): void => {
    if (answer.kind === "good") {
      good++;
      slowest = Math.max(slowest, answer.milliseconds);
      const name = label?.(answer.headers);
      if (name !== undefined) labels.set(name, (labels.get(name) ?? 0) + 1);
      return;
    }
    failed++;
    kinds[answer.kind] = (kinds[answer.kind] ?? 0) + 1;
    const { kind, detail } = answer;
    if (failures.length < 20) failures.push({ kind, detail, url: wanted.url, at: performance.now() - began });
  };

  const [least, most] = typeof pause === "number" ? [pause, pause] : pause;
  const rest = async (time: number): Promise<void> => {
    if (time > 0) await wait(time, undefined, { signal: stopped.signal }).catch(() => undefined);
  };

  const client = async (index: number): Promise<void> => {
    const agent = new Agent({ keepAlive: !fresh, maxSockets: 1 });
    await rest((index * stagger) / connections);
    for (let turn = index; !stopped.signal.aborted; turn++) {
      const wanted = requests[turn % requests.length];
      if (wanted === undefined) break;
      let answer = await send(wanted, agent);
      if (answer.kind === "closed" && retryClosed && (wanted.method ?? "GET") === "GET") {
        retried++;
        answer = await send(wanted, agent);
      }
      record(wanted, answer);
      await rest(least + Math.random() * (most - least));
    }
    agent.destroy();
  };

  const clients = Promise.all(Array.from({ length: connections }, (_, index) => client(index)));
  const counts = (): LoadCounts => ({
    sent: good + failed,
    good,
    failed,
    kinds: { ...kinds },
    failures: [...failures],
    retried,
    labels: new Map(labels),
    slowest,
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

/** For people: `no request failed`, or `3 requests failed (2 reset, 1 status)`. */
export function describeFailures({ failed, kinds }: LoadCounts): string {
  if (failed === 0) return "no request failed";
  const each = Object.entries(kinds).map(([kind, count]) => `${count} ${kind}`);
  return `${failed} request${failed === 1 ? "" : "s"} failed (${each.join(", ")})`;
}

type Answer =
  | { readonly kind: "good"; readonly headers: IncomingHttpHeaders; readonly milliseconds: number }
  | { readonly kind: FailureKind; readonly detail: string };

/** Connections that have carried a request. */
const used = new WeakSet<Socket>();

/** Sends one request and waits for its end. Never rejects; the first thing that goes wrong is the verdict. */
function send(wanted: LoadRequest, agent: Agent): Promise<Answer> {
  const { url, method = "GET", headers = {}, body, bodyOver = 0, timeout = 10_000 } = wanted;
  const began = performance.now();
  return new Promise((resolve) => {
    const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
    const options: RequestOptions = { method, agent, headers: { ...length, ...headers } };
    const sent = request(url, options);
    // Not `reusedSocket`: Node leaves it unset where a request had waited in the agent for the kept connection.
    let reused = false;
    sent.on("socket", (socket) => {
      reused = used.has(socket);
      used.add(socket);
    });
    const settle = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => {
      settle({ kind: "timeout", detail: `no whole answer after ${timeout} ms` });
      sent.destroy();
    }, timeout);

    let answering = false;
    sent.on("error", (error: NodeJS.ErrnoException) => {
      settle(answering ? { kind: "cut", detail: error.message } : failure(error, reused));
    });
    sent.on("response", (response) => {
      answering = true;
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error) => settle({ kind: "cut", detail: error.message }));
      // Where an answer has a length or is chunked, Node knows whether all of it came.
      response.on("close", () => settle({ kind: "cut", detail: "the connection ended inside the answer" }));
      response.on("end", () => {
        if (!response.complete) return settle({ kind: "cut", detail: "the answer is not whole" });
        const problem = judge(wanted, response.statusCode ?? 0, Buffer.concat(chunks).toString());
        settle(problem ?? { kind: "good", headers: response.headers, milliseconds: performance.now() - began });
      });
    });
    if (bodyOver === 0 || body === undefined) sent.end(body);
    else void sendSlowly(sent, Buffer.from(body), bodyOver);
  });
}

/** Stops where the request has failed: nobody waits for the rest. */
async function sendSlowly(sent: ClientRequest, body: Buffer, milliseconds: number): Promise<void> {
  const [pieces, size] = [20, Math.ceil(body.length / 20)];
  for (let piece = 0; piece < pieces - 1 && !sent.destroyed; piece++) {
    sent.write(body.subarray(piece * size, (piece + 1) * size));
    await wait(milliseconds / pieces);
  }
  // With the last bytes: the answer may come at once, and the connection is free only when the request has ended.
  sent.end(body.subarray((pieces - 1) * size));
}

function judge({ expect, check }: LoadRequest, status: number, body: string): Answer | undefined {
  const isExpected = expect === undefined ? status >= 200 && status <= 299 : status === expect;
  if (!isExpected) return { kind: "status", detail: `${status}: ${body.slice(0, 120)}` };
  const problem = check?.(body);
  return problem === undefined ? undefined : { kind: "wrong", detail: problem };
}

const unreachable = ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"];

function failure({ code, message }: NodeJS.ErrnoException, reused: boolean): Answer {
  const detail = code === undefined ? message : `${code}: ${message}`;
  if (code !== undefined && unreachable.includes(code)) return { kind: "refused", detail };
  if (code === "ECONNRESET" || code === "EPIPE") return { kind: reused ? "closed" : "reset", detail };
  return { kind: "other", detail };
}
