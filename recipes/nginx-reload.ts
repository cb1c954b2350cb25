import type { Command, Endpoint, Facts, Layout, Line, Target } from "../lib/index.ts";
import {
  backendText,
  endpointOf,
  joinLines,
  link,
  parseBackend,
  rawLine,
  reloadWords,
  routeWords,
  sh,
  shell,
  sudo,
  write,
} from "../lib/index.ts";
import { former } from "./former.ts";
import { restoreLink } from "./links.ts";
import { countWorkersLine, noteWorkersLine, takingLine } from "./nginx-workers.ts";
import type { Pace } from "./poll.ts";
import { pollLine } from "./poll.ts";

/** Milliseconds that nginx gets to replace its workers. */
const reloadTimeout = 10_000;

/** nginx gives its new workers 100 ms before it ends the former ones (`ngx_msleep(100)` in ngx_process_cycle.c). */
const pace: Pace = { first: 0.09, next: 0.01 };

/** Points the file that nginx includes at a port or a socket. */
export function pointBackend({ layout, facts }: Target, endpoint: Endpoint): readonly Command[] {
  if (layout.strict) return [sudo(routeWords(layout, endpoint))];
  // The spec and its program name the file differently; one is a link to the other, so any site reads the same.
  const both = link("link backends.conf", layout.backends, "backend.conf");
  return [
    write(layout.backend, rawLine(backendText(endpoint))),
    ...(facts.files.backends === "backend.conf" ? [] : [both]),
  ];
}

/** Moves the traffic by a reload: any site that includes the file will do. */
export function moveByReload(target: Target): readonly Command[] {
  const { layout, idle, release } = target;
  return [
    ...pointBackend(target, endpointOf(target, idle)),
    // `current` serves the static files: it moves with the traffic, not before.
    link("link current", layout.current, release.id),
    ...reloadProven(target),
  ];
}

export function moveBackByReload(target: Target): readonly Command[] {
  const { layout } = target;
  const { backend: before, current } = former(target);
  const linkBack = restoreLink("link current back", layout.current, current);
  // Without an earlier file there is nothing to go back to; the file stays, since nginx does not start without it.
  if (before === undefined) return [linkBack];
  const { workers } = layout;
  return [
    ...backendBefore(layout, before),
    linkBack,
    ...testNginx(layout, { mayFail: true }),
    shell("note the nginx workers", noteWorkersLine(target, backWorkers(layout)), { simple: true }),
    // It fails where the configuration is broken, which is then why the switch failed: the workers tell what is routed.
    sudo(reloadWords(layout), { mayFail: true }),
    shell(
      "wait until nginx has taken the change",
      pollLine(
        countWorkersLine(target.facts, backWorkers(layout), "taking connections"),
        reloadTimeout,
        neverMoved(layout, workers),
        { pace },
      ),
    ),
  ];
}

/** Byte for byte; the helper writes one line alone. */
function backendBefore(layout: Layout, before: string): readonly Command[] {
  if (!layout.strict) return [write(layout.backend, rawLine(before))];
  const endpoint = parseBackend(before, layout);
  return endpoint === undefined ? [] : [sudo(routeWords(layout, endpoint))];
}

/** The helper tests by itself before a reload. */
function testNginx({ strict, nginx }: Layout, { mayFail = false } = {}): readonly Command[] {
  return strict ? [] : [sudo([nginx.binary, "-t"], { optional: true, mayFail })];
}

/** The workers that take connections when the traffic is moved back. */
export function backWorkers({ workers }: Layout): string {
  return `${workers}-back`;
}

/**
 * nginx that refuses the reload back has refused the one before, too: proven where every worker that takes connections
 * was there before the switch. Then nothing is to be waited for.
 */
function neverMoved(layout: Layout, before: string): Line {
  return joinLines(
    [
      sh`${takingLine(layout)} | grep -vxqFf ${before} && { echo "nginx rejects its configuration, even the previous one. Its log says why: sudo journalctl -u ${rawLine(layout.nginx.unit)} -n 20"; exit 1; }`,
      sh`: >${backWorkers(layout)}`,
    ],
    "; ",
  );
}

/** Reloads nginx and waits until it has taken its configuration. The order matters: the workers are noted before. */
export function reloadProven(target: Target): readonly Command[] {
  const { layout, facts } = target;
  return [
    shell("note the nginx workers", noteWorkersLine(target, layout.workers), { simple: true }),
    ...testNginx(layout),
    sudo(reloadWords(layout)),
    shell("wait until nginx has taken the change", provenLine(facts, layout)),
  ];
}

/**
 * Waits until every noted worker is gone or shutting down: only then has nginx taken the new configuration.
 * `systemctl reload` returns before that, and says 0 even when nginx kept the old one. Where nginx does not run, nothing
 * is proven.
 */
function provenLine(facts: Facts, { workers, proven, nginx }: Layout): Line {
  const late = [
    `echo "nginx kept its old configuration: after ${reloadTimeout / 1000} s a worker from before the reload still accepts connections."`,
    `echo "Its log says why: sudo journalctl -u ${nginx.unit} -n 20, or its error.log"; exit 1`,
  ];
  const taking = countWorkersLine(facts, workers, "taking connections");
  const wait = pollLine(taking, reloadTimeout, rawLine(late.join("; ")), { pace });
  return joinLines([wait, sh`[ ! -s ${workers} ] || : >${proven}`], "\n");
}
