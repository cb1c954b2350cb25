import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** The path of a unix socket to listen on, instead of a port. */
  readonly socket: string | undefined;
  readonly variant: string;
  readonly version: string;
  /** The file of links, shared by both variants. */
  readonly data: string;
  /** The host name in short links; without it, the one that the request came to. */
  readonly urlHost: string | undefined;
  readonly debug: boolean;
  readonly unhealthy: boolean;
  readonly startDelay: number;
  readonly crashAfter: number | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Reads the environment; `root` is the folder of package.json and VERSION. */
export function readSettings(env: Env, root: string): Settings {
  return {
    host: env["HOST"] || "127.0.0.1",
    port: parsePort(env["PORT"] || "8000"),
    socket: env["SOCKET"] || undefined,
    variant: headerSafe(env["LINK_SHORTENER_VARIANT"] || "none"),
    version: headerSafe(env["LINK_SHORTENER_VERSION_LABEL"] || readVersion(root)),
    data: env["LINK_SHORTENER_DATA"] || join(home(env), "links.ndjson"),
    urlHost: env["LINK_SHORTENER_URL_HOST"] || undefined,
    debug: env["LINK_SHORTENER_DEBUG"] === "true",
    unhealthy: env["LINK_SHORTENER_UNHEALTHY"] === "true",
    startDelay: milliseconds(env, "LINK_SHORTENER_START_DELAY_MS") ?? 0,
    crashAfter: milliseconds(env, "LINK_SHORTENER_CRASH_AFTER_MS"),
  };
}

/** systemd names the unit's own directory first; a unit of an earlier day has none. */
function home(env: Env): string {
  return env["STATE_DIRECTORY"]?.split(":")[0] || env["PLTUSERHOME"] || env["HOME"] || ".";
}

export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error(`"${text}" is not a port (0 to 65535).`);
  return Number(text);
}

function readVersion(root: string): string {
  const file = join(root, "VERSION");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}

function milliseconds(env: Env, name: string): number | undefined {
  const text = env[name];
  if (!text) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} must be a number of milliseconds, not "${text}".`);
  return Number(text);
}

/** Both go into headers, where Node throws at anything else. */
function headerSafe(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}
