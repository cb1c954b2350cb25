import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

const limit = 16 * 1024;

/** The `url` field of a posted form or JSON object. */
export async function readUrlField(request: IncomingMessage): Promise<unknown> {
  switch (contentType(request)) {
    case "application/json":
      return urlOf(await readText(request));
    case "application/x-www-form-urlencoded":
      return new URLSearchParams(await readText(request)).get("url");
    default:
      throw new HttpError(415, "Please send a form or JSON.");
  }
}

export function wantsJson(request: IncomingMessage): boolean {
  return contentType(request) === "application/json" || (request.headers.accept ?? "").includes("application/json");
}

function contentType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").replace(/;.*/, "").trim().toLowerCase();
}

function urlOf(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && "url" in value ? value.url : undefined;
  } catch {
    throw new HttpError(400, "The body is not valid JSON.");
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  // Only now: a client that is still sending would see a reset instead of the answer.
  if (size > limit) throw new HttpError(413, `The body is larger than ${limit} bytes.`);
  return Buffer.concat(chunks).toString("utf8");
}
