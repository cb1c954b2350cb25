import type { Health } from "../../../lib/model/app.ts";
import type { HealthOptions } from "../../../recipes/index.ts";
import { health } from "../../../recipes/index.ts";
import { aTarget } from "../../support/target.ts";
import type { Ran, Stubs } from "./bash.ts";
import { makeStubs, runInBash } from "./bash.ts";

/** Stubs of a host where the unit runs. */
export function healthyStubs(): Stubs {
  return makeStubs({ systemctl: "echo ActiveState=active; echo NRestarts=0", journalctl: "echo a last line" });
}

/** For checks that are to fail at their time-out. */
export const late = { timeout: 400 };

/** What follows the reason of a failure, with these stubs. */
export const journal = "The last lines of shop@green.service:\na last line\n";

/** Runs the check against the green variant, which is to listen on `port`. */
export function check(
  port: number,
  stubs: Stubs,
  base: Partial<Health> = {},
  options: HealthOptions = {},
): Promise<Ran> {
  const target = aTarget({
    live: "blue",
    app: {
      destination: stubs.directory,
      ports: { blue: 1, green: port },
      health: {
        command: false,
        http: undefined,
        host: undefined,
        headers: {},
        expect: 200,
        timeout: 20_000,
        interval: 20,
        settle: 0,
        ...base,
      },
    },
  });
  return runInBash(health(options).commands(target), stubs);
}
