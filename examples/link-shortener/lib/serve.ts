import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeApp } from "./app.ts";
import { Links } from "./links.ts";
import type { Settings } from "./settings.ts";
import { stopGracefully } from "./stop.ts";
import { addWebSocketEcho } from "./websocket.ts";

/** Serves until a signal asks to stop; rejects if it cannot listen. */
export async function serve(settings: Settings, root: string): Promise<void> {
  const { host, variant, version, crashAfter } = settings;
  if (crashAfter !== undefined) setTimeout(() => process.exit(1), crashAfter).unref();

  const server = createServer(makeApp(settings, new Links(settings.data), join(root, "static")));
  // Longer than nginx keeps an idle connection (60 s): nginx must be the one to close it, or a request may meet a closed one.
  server.keepAliveTimeout = 75_000;
  const stopping = stopGracefully(server);
  if (settings.debug) addWebSocketEcho(server, settings, stopping);

  await sleep(settings.startDelay, undefined, { signal: stopping }).catch(() => undefined);
  if (stopping.aborted) return;

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (settings.socket === undefined) server.listen(settings.port, host, resolve);
    else server.listen(settings.socket, resolve);
  });
  const address = server.address();
  const place = typeof address === "object" ? `http://${host}:${address?.port}` : address;
  console.log(`link-shortener ${version} (${variant}) serves ${place}`);
}
