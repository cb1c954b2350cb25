import { get } from "node:http";
import { text } from "node:stream/consumers";

/** Asks the app on a port of 127.0.0.1, or on a unix socket; throws a sentence unless it says within `timeout` milliseconds that all is well. */
export async function checkHealth(place: number | string, timeout = 3000): Promise<void> {
  const url = typeof place === "number" ? `http://127.0.0.1:${place}/healthz` : `${place} /healthz`;
  const { status, body } = await ask(place, timeout).catch((error: Error) => {
    const why = error.name === "AbortError" ? `no answer within ${timeout / 1000} s` : error.message;
    throw new Error(`${url} is not healthy: ${why}.`, { cause: error });
  });
  if (status !== 200) throw new Error(`${url} is not healthy: it answered ${status} ${body.trim()}.`);
}

function ask(place: number | string, timeout: number): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const where = typeof place === "number" ? { host: "127.0.0.1", port: place } : { socketPath: place };
    get({ ...where, path: "/healthz", agent: false, signal: AbortSignal.timeout(timeout) }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    }).on("error", reject);
  });
}
