import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type Asset, readAssets } from "./assets.ts";
import { readUrlField, wantsJson } from "./body.ts";
import { debugRoute } from "./debug.ts";
import { HttpError } from "./http-error.ts";
import type { Links } from "./links.ts";
import { makePages, type Pages } from "./pages.ts";
import type { Settings } from "./settings.ts";
import { parseTarget } from "./target-url.ts";

interface App {
  readonly settings: Settings;
  readonly links: Links;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly pages: Pages;
}

/** Answers every request of the app. */
export function makeApp(settings: Settings, links: Links, staticFolder: string): RequestListener {
  const assets = readAssets(staticFolder);
  const app: App = { settings, links, assets, pages: makePages(settings, assets) };

  return (request, response) => {
    response.setHeader("X-Variant", settings.variant);
    response.setHeader("X-Version", settings.version);
    response.setHeader("X-Content-Type-Options", "nosniff");
    route(app, request, response).catch((error: unknown) => fail(app, request, response, error));
  };
}

async function route(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = "/", query] = (request.url ?? "/").split("?");
  const debug = app.settings.debug ? debugRoute(path) : undefined;
  if (debug) return debug(request, response, new URLSearchParams(query));
  if (path === "/links") {
    allow(request, response, "POST");
    return create(app, request, response);
  }
  allow(request, response, "GET", "HEAD");
  return read(app, request, response, path);
}

function read(
  { settings, links, assets, pages }: App,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) {
  if (path === "/") return html(response, 200, pages.home());
  if (path === "/healthz") {
    const { version, variant, unhealthy } = settings;
    return json(response, unhealthy ? 503 : 200, { ok: !unhealthy, version, variant, pid: process.pid });
  }

  const asset = assets.get(path);
  if (asset) {
    response.setHeader("Cache-Control", "public, max-age=31536000, immutable");
    return send(response, 200, asset.type, asset.content);
  }

  const [, page, slug] = /^\/(links\/)?([^/]+)$/.exec(path) ?? [];
  const target = slug && links.find(slug);
  if (!target) throw new HttpError(404, "There is no such link here.");
  if (page) return html(response, 200, pages.created(shortLink(settings, request, slug), target));
  response.writeHead(302, { Location: target, "Cache-Control": "no-store" }).end();
}

async function create({ settings, links }: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = parseTarget(await readUrlField(request));
  const slug = await links.add(url);
  const link = shortLink(settings, request, slug);
  if (!wantsJson(request)) {
    response.writeHead(303, { Location: `/links/${slug}` }).end();
    return;
  }
  response.setHeader("Location", link);
  json(response, 201, { slug, link, url });
}

function shortLink({ urlHost }: Settings, request: IncomingMessage, slug: string): string {
  const scheme = request.headers["x-forwarded-proto"] === "https" ? "https" : "http";
  return `${scheme}://${urlHost ?? request.headers.host ?? "localhost"}/${slug}`;
}

function allow(request: IncomingMessage, response: ServerResponse, ...methods: readonly string[]): void {
  if (methods.includes(request.method ?? "")) return;
  response.setHeader("Allow", methods.join(", "));
  throw new HttpError(405, `Only ${methods.join(" and ")} can be used here.`);
}

function fail({ pages }: App, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  if (!(error instanceof HttpError)) console.error(error);
  const status = error instanceof HttpError ? error.status : 500;
  const sentence = error instanceof HttpError ? error.message : "Something went wrong on our side; please try again.";
  if (wantsJson(request)) json(response, status, { error: sentence });
  else html(response, status, pages.failed(sentence));
}

function html(response: ServerResponse, status: number, page: string): void {
  response.setHeader(
    "Content-Security-Policy",
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'",
  );
  send(response, status, "text/html; charset=utf-8", page);
}

function json(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, "application/json", `${JSON.stringify(value)}\n`);
}

function send(response: ServerResponse, status: number, type: string, content: string | Buffer): void {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(content) }).end(content);
}
