import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:http";

/** What a site answers; a connection that it closes without an answer has the status 0. */
export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** Asks a site by its address under any name, which `fetch` would not do. `headers` may have `host`. */
export function ask(address: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request({ host: address, path, headers, agent: false, timeout: 5000 }, (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (text: string) => (body += text));
    response.on("error", reject);
    response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
  });
  sent.on("timeout", () => sent.destroy(new Error(`${address}${path} gave no answer for 5 s`)));
  sent.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNRESET") resolve({ status: 0, headers: {}, body: "" });
    else reject(error);
  });
  sent.end();
  return promise;
}
