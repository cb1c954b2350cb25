import type { Endpoint, Headers, Line, Secret, Target } from "../lib/index.ts";
import { bridgeLine, joinLines, quote, rawLine, sh } from "../lib/index.ts";

/** Bodies of functions: each fails where its check does, and says in `bg_why` what it missed. */

export function connectCheck(endpoint: Endpoint, programs: readonly string[]): Line {
  if (endpoint.kind === "port") {
    const { port } = endpoint;
    return sh`  bg_why="nothing listens on 127.0.0.1:${port}"; { exec 3<>/dev/tcp/127.0.0.1/${port} && exec 3>&-; } 2>/dev/null`;
  }
  const { path } = endpoint;
  // Before there is one, no process is spent on it.
  return sh`  bg_why=${`there is no socket ${path}`}; [ -S ${path} ] || return 1
  bg_why=$(${bridgeLine(programs, path, "connect")} 2>&1) || { bg_why=${`no connection to ${path}: `}"$bg_why"; return 1; }`;
}

/**
 * The spec's `-c PORT`; who listens on a socket gets its path. The app's program is not root's to run: of what stood in a
 * release before root owned it, the app may have written some.
 */
export function commandCheck({ app, facts }: Target, program: string, endpoint: Endpoint): Line {
  const where = endpoint.kind === "port" ? `${endpoint.port}` : endpoint.path;
  const isRoot = facts.sudo.kind === "root";
  const ids = sh`  [ -n "$bg_uid" ] || { bg_why="there is no user or group to run it as"; bg_uid=$(id -u ${app.exec.user}) && IFS=: read -r _ _ bg_gid _ < <(getent group ${app.group}); } || return
`;
  const as = rawLine(isRoot ? 'setpriv --reuid="$bg_uid" --regid="$bg_gid" --init-groups -- ' : "");
  return sh`${isRoot ? ids : rawLine("")}  bg_why=$(${as}timeout 10 ${program} -c ${where} 2>&1) || { bg_why=${`${program} -c ${where} ended with status `}"$?: $bg_why"; return 1; }`;
}

type Request = {
  readonly path: string;
  readonly host: string;
  readonly headers: Headers;
  /** The status that must come. */
  readonly expect: number;
};

/** curl need not be there: bash itself speaks TCP. And its own printf shows no header to who lists the host's processes. */
export function httpCheck(endpoint: Endpoint, programs: readonly string[], request: Request): Line {
  const { path, host, headers, expect } = request;
  const where = endpoint.kind === "port" ? `http://127.0.0.1:${endpoint.port}${path}` : `${path} on ${endpoint.path}`;
  const sent = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const own = [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...(sent.has("user-agent") ? [] : ["User-Agent: bgdeploy"])];
  const lines = [...own.map((line) => sh`${line}`), ...Object.entries(headers).map(headerWord)];
  const print = sh`printf ${String.raw`%s\r\n`} ${joinLines(lines, " ")} ${"Connection: close"} ${""}`;
  const ask =
    endpoint.kind === "port"
      ? sh`  { exec 3<>/dev/tcp/127.0.0.1/${endpoint.port}; } 2>/dev/null || return 1
  trap "" PIPE; ${print} >&3 2>/dev/null; trap - PIPE
  IFS=$' \\r' read -r -t 5 _ bg_code _ <&3 2>/dev/null; exec 3>&-`
      : sh`  IFS=$' \\r' read -r -t 5 _ bg_code _ < <(${print} | timeout 6 ${bridgeLine(programs, endpoint.path, "join")} 2>/dev/null)`;
  const redirects = `: it redirects, perhaps to https. ${sent.has("x-forwarded-proto") ? "Exempt this path in the app from the redirect" : 'Say that the visitor came by https: health: { headers: { "X-Forwarded-Proto": "https" } }, or exempt this path in the app from the redirect'}`;
  const refuses = `: perhaps it does not accept the name ${host}, by which it was asked. Give it one that it accepts: health: { host: "shop.example" }`;
  return sh`  bg_why=${`no answer from ${where}`}; bg_code=
${ask}
  [ -n "$bg_code" ] || return 1
  bg_why=${`${where} answered `}"$bg_code, not ${expect}"; case $bg_code in 301|302|307|308) bg_why=$bg_why${redirects} ;; 400|421) bg_why=$bg_why${refuses} ;; esac; [ "$bg_code" = ${expect} ]`;
}

function headerWord([name, value]: readonly [string, string | Secret]): Line {
  if (typeof value === "string") return sh`${`${name}: ${value}`}`;
  return { raw: quote(`${name}: ${value.reveal()}`), shown: quote(`${name}: ${String(value)}`) };
}
