import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

type Route = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void>;

/** Routes for load tests: answers that take their time. */
export function debugRoute(path: string): Route | undefined {
  switch (path) {
    case "/slow":
      return slow;
    case "/stream":
      return stream;
    case "/echo":
      return echo;
    default:
      return undefined;
  }
}

const slow: Route = async (_request, response, query) => {
  const ms = numberOf(query.get("ms"), 1000, 30_000);
  await sleep(ms);
  response.end(`slow ${ms}\n`);
};

const stream: Route = async (_request, response, query) => {
  const chunks = numberOf(query.get("seconds"), 5, 600) * 10;
  // nginx would otherwise keep the chunks back.
  response.writeHead(200, { "Content-Type": "text/plain", "X-Accel-Buffering": "no" });
  for (let chunk = 1; chunk <= chunks && !response.destroyed; chunk++) {
    response.write(`chunk ${chunk}\n`);
    await sleep(100);
  }
  response.end("end\n");
};

const echo: Route = async (request, response) => {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.writeHead(200, { "Content-Type": "application/json" }).end(`${JSON.stringify({ bytes })}\n`);
};

function numberOf(text: string | null, fallback: number, most: number): number {
  const number = Number(text ?? fallback);
  return number >= 0 ? Math.min(number, most) : fallback;
}
