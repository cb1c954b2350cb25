import { setTimeout as wait } from "node:timers/promises";
import type { Lab } from "../../lab/lab.ts";
import type { Client } from "./client.ts";

/** What goes wrong: the client is killed, the network of a host is cut, its power fails. */
export const faults = ["kill", "cut", "power"] as const;
export type Fault = (typeof faults)[number];

/** Milliseconds until someone plugs the network in again. ssh gives up after 15 s. */
const outage = 20_000;

/**
 * Strikes a host, and lets time do its part: the network comes back, the host boots. The client may go on meanwhile.
 * `lasting`: the network stays away until the client has given up.
 */
export async function strike(
  fault: Fault,
  { lab, host, client, lasting = false }: { lab: Lab; host: string; client: Client; lasting?: boolean },
): Promise<void> {
  switch (fault) {
    case "kill":
      client.kill();
      return;
    case "cut":
      await lab.cut(host);
      await Promise.race([client.ended, ...(lasting ? [] : [wait(outage)])]);
      await lab.mend(host);
      return;
    case "power":
      await lab.kill(host);
      await wait(500);
      await lab.boot(host);
  }
}
