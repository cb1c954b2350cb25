import type { Duration, Headers, Health, Line, Target, Task } from "../lib/index.ts";
import {
  checkHeaderProblem,
  endpointOf,
  hideSecretHeaders,
  hostHeaderProblem,
  joinLines,
  parseDuration,
  rawLine,
  sh,
  shell,
  stopAloneLine,
  task,
} from "../lib/index.ts";
import { napSource } from "../host/nap.ts";
import { commandCheck, connectCheck, httpCheck } from "./health-checks.ts";
import { isUp, readStartLine, unitStateLine } from "./still-runs.ts";
import { clockLine, endLine } from "./poll.ts";
import { lastWordsLine } from "./last-words.ts";
import { defineTaken } from "./stranger.ts";
import { isWarm } from "./warm.ts";

/** What `health()` takes; what is left out comes from the config's `health`. */
export type HealthOptions = {
  readonly command?: boolean;
  readonly http?: string;
  /** The `Host` header of that request. @example "shop.example" */
  readonly host?: string;
  /** Its further headers, instead of the config's. @example { "X-Forwarded-Proto": "https" } */
  readonly headers?: Headers;
  readonly expect?: number;
  readonly timeout?: Duration;
  readonly interval?: Duration;
  readonly settle?: Duration;
};

/** Milliseconds that a new release must run before it gets traffic: an app that crashes a second after its start has answered well until then. */
const usualSettle = 2000;

/**
 * Waits until the idle variant is healthy: its port or socket accepts, and, where asked for, `<bin> -c PORT` exits 0 and an HTTP
 * request is answered as expected; then that it has run for `settle` without a crash. Its port must be its own: none but a
 * user of its unit may listen there. A unit that dies or restarts meanwhile fails at once, with its last journal lines.
 */
export function health(options: HealthOptions = {}): Task {
  return checkHealth(options, usualSettle);
}

/** The same for what has run before, which need not settle again unless the user says so. */
export function healthAgain(): Task {
  return checkHealth({}, 0);
}

function checkHealth(options: HealthOptions, usual: number): Task {
  checkOptions(options);
  return task({
    name: "health:check",
    title: "check the new variant's health",
    commands: (target) => [
      shell("wait until it is healthy", healthLine(target, settings(target.app.health, options, usual))),
    ],
    undo: "not-needed",
  });
}

/** These reach a socket and the host's shell. */
function checkOptions({ host, headers = {} }: HealthOptions): void {
  const ofHost = host === undefined ? undefined : hostHeaderProblem(host);
  if (ofHost !== undefined) throw new TypeError(`health(): host: ${ofHost}`);
  for (const [name, value] of Object.entries(headers)) {
    const problem = checkHeaderProblem(name, value);
    if (problem !== undefined) throw new TypeError(`health(): headers.${name}: ${problem}`);
  }
}

type Wanted = Health & { readonly settle: number };

function settings(base: Health, options: HealthOptions, usual: number): Wanted {
  return {
    command: options.command ?? base.command,
    http: options.http ?? base.http,
    host: options.host ?? base.host,
    headers: options.headers === undefined ? base.headers : hideSecretHeaders(options.headers),
    expect: options.expect ?? base.expect,
    timeout: milliseconds(options.timeout) ?? base.timeout,
    interval: milliseconds(options.interval) ?? base.interval,
    settle: milliseconds(options.settle) ?? base.settle ?? usual,
  };
}

function milliseconds(duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new TypeError(`health(): "${duration}" is no duration such as "30s"`);
  return parsed;
}

/**
 * Polls on the host, the port more often than what costs the app a request. Each check leaves in `bg_why` what it missed.
 * systemd is asked only where the process is gone that it named at the last time; `bg_since` is when that was first seen.
 */
function healthLine(target: Target, wanted: Wanted): Line {
  const { app, layout, idle, facts } = target;
  const endpoint = endpointOf(target, idle);
  const seconds = wanted.timeout / 1000;
  const further = [
    ...(wanted.command ? [commandCheck(target, `${layout.currentOf(idle)}/bin/${app.exec.name}`, endpoint)] : []),
    ...(wanted.http === undefined
      ? []
      : [
          httpCheck(endpoint, facts.programs, {
            path: wanted.http,
            host: wanted.host ?? app.domain?.replace(/^\*\./, "www.") ?? "localhost",
            headers: wanted.headers,
            expect: wanted.expect,
          }),
        ]),
  ];
  // A variant that was kept warm has settled long ago, and may have had its crash then.
  const crashed = `  ! bg_crashed || bg_give_up "the new version crashed on startup"`;
  return joinLines(
    [
      ...[connectCheck(endpoint, facts.programs), ...further].map(
        (body, index) => sh`bg_check${index}() {\n${body}\n}`,
      ),
      defineTaken(target),
      // Who holds its port is why it crashed.
      sh`bg_give_up() { ! bg_taken || { echo "$bg_why"; exit 1; }; echo "$1"; ${lastWordsLine(target)}; exit 1; }`,
      // All of one answer: a unit changes between two.
      `bg_read() { local bg_rest="\${bg_state##*$1=}"; printf -v "$2" %s "\${bg_rest%%$'\\n'*}"; }`,
      "bg_look() {",
      `  ${stopAloneLine}`,
      `  ${endLine(layout.interrupt, '"interrupted: $bg_why"').raw}`,
      `  [ -d /proc/"\${bg_main:-none}" ] && return`,
      `  ${unitStateLine(target).raw}; bg_last=$bg_main; bg_read MainPID bg_main; ${clockLine}`,
      `  case "$bg_state" in *ActiveState=failed*|*ActiveState=inactive*) bg_give_up "the new version stopped on startup" ;; esac`,
      ...(isWarm(target) ? [] : [crashed]),
      `  case "$bg_state" in ${isUp}) ;; *) bg_since=; return ;; esac`,
      // Also one without a main process runs; systemd is then asked each time.
      `  [ -n "$bg_since" ] && [ "$bg_main" = "$bg_last" ] || bg_since=$bg_now`,
      "}",
      "bg_until() {",
      `  until $1; do bg_look; ${clockLine}; [ $bg_now -lt $bg_end ] || bg_give_up "not healthy after ${seconds} s: $bg_why"; bg_nap $2; done`,
      "}",
      napSource,
      `${clockLine}; bg_end=$(( bg_now + ${Math.round(wanted.timeout * 1000)} )); bg_since= bg_why="it has just been started"`,
      // As long as systemd was not asked, nothing has crashed.
      "bg_crashed() { false; }",
      readStartLine(target),
      `[ ! -d /proc/"\${bg_main:-none}" ] || bg_since=$bg_now`,
      "bg_look",
      "bg_until bg_check0 0.03",
      '! bg_taken || bg_give_up "$bg_why"',
      ...further.map((_, index) => `bg_until bg_check${index + 1} ${wanted.interval / 1000}`),
      ...(wanted.settle === 0 || isWarm(target) ? [] : settleLines(wanted.settle)),
    ].map((each) => (typeof each === "string" ? rawLine(each) : each)),
    "\n",
  );
}

/** A slow starter may come up with the last of its time. */
function settleLines(settle: number): readonly string[] {
  const [enough, grace] = [settle * 1000, (settle + 5000) * 1000];
  return [
    `bg_settled() { bg_look; bg_why="it has not run for ${settle / 1000} s"; ${clockLine}; [ -n "$bg_since" ] && [ $(( bg_now - bg_since )) -ge ${enough} ]; }`,
    `${clockLine}; [ $bg_end -ge $(( bg_now + ${grace} )) ] || bg_end=$(( bg_now + ${grace} ))`,
    "bg_until bg_settled 0.05",
  ];
}
