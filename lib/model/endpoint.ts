import type { App } from "./app.ts";
import type { Facts } from "./facts.ts";
import type { Layout } from "./layout.ts";
import type { Variant } from "./variant.ts";
import { variants } from "./variant.ts";

/** Where a variant listens: on a port of 127.0.0.1, or on a unix socket in a directory of its own. */
export type Endpoint =
  | { readonly kind: "port"; readonly port: number }
  | { readonly kind: "socket"; readonly path: string; readonly variant: Variant };

type Place = { readonly app: App; readonly layout: Layout; readonly facts: Facts };

/** Where a variant is to listen that is started now. */
export function endpointOf({ app, layout }: Omit<Place, "facts">, variant: Variant): Endpoint {
  return app.listen === "socket" ? socketOf(layout, variant) : { kind: "port", port: app.ports[variant] };
}

/**
 * Where a variant listens that was started before, perhaps with another config: its environment on the host says it; where
 * that says nothing, what nginx includes.
 */
export function currentEndpoint({ app, layout, facts }: Place, variant: Variant): Endpoint {
  const socket = socketOf(layout, variant);
  if (facts.environmentSockets[variant]) return socket;
  const port = facts.environmentPorts[variant];
  if (port !== undefined) return { kind: "port", port };
  const usual: Endpoint = { kind: "port", port: app.ports[variant] };
  return (
    [socket, usual].find((each) => facts.files.backend === backendText(each)) ?? endpointOf({ app, layout }, variant)
  );
}

/** The file that nginx includes. */
export function backendText(endpoint: Endpoint): string {
  return endpoint.kind === "port" ? `server 127.0.0.1:${endpoint.port};\n` : `server unix:${endpoint.path};\n`;
}

/** The one endpoint that such a file names; `undefined` for any other text. */
export function parseBackend(text: string, layout: Layout): Endpoint | undefined {
  const port = /^server 127\.0\.0\.1:(\d+);$/m.exec(text)?.[1];
  if (port !== undefined) return { kind: "port", port: Number(port) };
  return variants.map((variant) => socketOf(layout, variant)).find((each) => backendText(each) === text);
}

/** For people: `port 8001`, or `/run/shop/blue/app.sock`. */
export function describeEndpoint(endpoint: Endpoint): string {
  return endpoint.kind === "port" ? `port ${endpoint.port}` : endpoint.path;
}

function socketOf(layout: Layout, variant: Variant): Endpoint {
  return { kind: "socket", path: layout.socket(variant), variant };
}
