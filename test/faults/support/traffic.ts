import { setTimeout as wait } from "node:timers/promises";
import type { Lab } from "../../lab/lab.ts";
import type { Load } from "../../support/load.ts";
import { startLoad } from "../../support/load.ts";

/** What the visitors of one host met. `versions`: how many good answers each version gave. */
export type Visits = {
  readonly good: number;
  readonly failures: readonly string[];
  readonly versions: Readonly<Record<string, number>>;
};

/** Visitors of one host: a few short requests after another, and one slow download. */
export type Traffic = { stop(): Promise<Visits> };

/** Visitors from this machine, straight to the host's nginx. */
export function trafficFromHere(lab: Lab, host: string): Traffic {
  const load = startLoad({
    requests: [{ url: `http://${addressOf(lab, host)}/healthz` }],
    connections: 2,
    pause: 20,
    label: ({ "x-version": version }) => String(version),
    retryClosed: true,
  });
  const slow = slowDownloads(lab, host);
  return {
    async stop() {
      const [short, long] = await Promise.all([load.stop(), slow.stop()]);
      return {
        good: short.good + long.good,
        failures: [...short.failures, ...long.failures].map(
          ({ kind, detail, at }) => `${kind} after ${Math.round(at)} ms: ${detail}`,
        ),
        versions: Object.fromEntries(short.labels),
      };
    },
  };
}

/** Downloads of a second each, which hold the drain. */
export function slowDownloads(lab: Lab, host: string): Load {
  return startLoad({
    requests: [
      {
        url: `http://${addressOf(lab, host)}/stream?seconds=1`,
        check: (body) => (body.endsWith("end\n") ? undefined : "it has no end"),
      },
    ],
    connections: 1,
    retryClosed: true,
  });
}

/**
 * Visitors from the host itself, for a host whose network is cut. A process of the host, which writes what it met
 * when the file that it is told to watch is there.
 */
export function trafficFromInside(lab: Lab, host: string): Traffic {
  const stop = `/tmp/stop-visits-${crypto.randomUUID()}`;
  const said = lab.exec(host, `timeout 400 node --input-type=module - ${stop}`, visitor);
  said.catch(() => undefined);
  return {
    async stop() {
      await lab.exec(host, `touch ${stop}`);
      const { code, stdout, stderr } = await said;
      if (code !== 0) throw new Error(`the visitors on ${host} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as Visits;
    },
  };
}

const visitor = `
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
const [failures, versions] = [[], {}];
let good = 0;
while (!existsSync(process.argv[2])) {
  try {
    const response = await fetch("http://127.0.0.1/healthz", { headers: { connection: "close" }, signal: AbortSignal.timeout(10_000) });
    await response.text();
    if (response.status !== 200) throw new Error("status " + response.status);
    const version = response.headers.get("x-version");
    versions[version] = (versions[version] ?? 0) + 1;
    good += 1;
  } catch (error) {
    failures.push(String(error.cause ?? error));
  }
  await wait(30);
}
console.log(JSON.stringify({ good, failures: failures.slice(0, 20), versions }));
`;

/** Waits, up to 20 s, for the first good answer: a host that is up still has to start the app. */
export async function firstAnswer(lab: Lab, host: string): Promise<boolean> {
  for (const end = performance.now() + 20_000; performance.now() < end; await wait(50)) {
    const response = await fetch(`http://${addressOf(lab, host)}/healthz`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(2000),
    }).catch(() => undefined);
    if (response?.status === 200) return true;
  }
  return false;
}

function addressOf(lab: Lab, host: string): string {
  const machine = lab.hosts.find(({ name }) => name === host);
  if (machine === undefined) throw new Error(`no host ${host}`);
  return machine.address;
}
