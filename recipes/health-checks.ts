import type { Endpoint, Line, Target } from "../lib/index.ts";
import { bridgeLine, rawLine, sh } from "../lib/index.ts";

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

/** curl need not be there: bash itself speaks TCP. */
export function httpCheck(
  endpoint: Endpoint,
  programs: readonly string[],
  path: string,
  expect: number,
  name: string,
): Line {
  const where = endpoint.kind === "port" ? `http://127.0.0.1:${endpoint.port}${path}` : `${path} on ${endpoint.path}`;
  const format = "%s\\r\\nHost: %s\\r\\nUser-Agent: bgdeploy\\r\\nConnection: close\\r\\n\\r\\n";
  const request = sh`printf ${format} ${`GET ${path} HTTP/1.1`} ${name}`;
  const ask =
    endpoint.kind === "port"
      ? sh`  { exec 3<>/dev/tcp/127.0.0.1/${endpoint.port}; } 2>/dev/null || return 1
  trap "" PIPE; ${request} >&3 2>/dev/null; trap - PIPE
  IFS=$' \\r' read -r -t 5 _ bg_code _ <&3 2>/dev/null; exec 3>&-`
      : sh`  IFS=$' \\r' read -r -t 5 _ bg_code _ < <(${request} | timeout 6 ${bridgeLine(programs, endpoint.path, "join")} 2>/dev/null)`;
  return sh`  bg_why=${`no answer from ${where}`}; bg_code=
${ask}
  [ -n "$bg_code" ] || return 1
  bg_why=${`${where} answered `}"$bg_code, not ${expect}"; case $bg_code in 301|302|307|308) bg_why="$bg_why: it redirects, perhaps to https. Exempt this path in the app from the redirect" ;; 400|421) bg_why="$bg_why: perhaps it does not accept the name "${name}", by which it was asked. Set domain in the config, or let the app accept it" ;; esac; [ "$bg_code" = ${expect} ]`;
}
