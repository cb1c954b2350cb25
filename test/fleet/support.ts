import type { Scene } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";

/** What each host of a scene serves, `v1 blue`, in order. */
export function fleet({ lab, hosts }: Scene): Promise<readonly string[]> {
  return Promise.all(hosts.map((host) => served(lab, host)));
}

/** The hosts that a run's timed lines name, one for each stretch of lines: `h1 h2` when all of h1's come first. */
export function stretches(stdout: string): string {
  const names = [...stdout.matchAll(/^\[ *\d+\.\ds\] private-(h\d) {2}/gm)].map(([, host = ""]) => host);
  return names.filter((host, at) => host !== names[at - 1]).join(" ");
}

/** When the first and the last timed line of a host came, in seconds. */
export function times(stdout: string, host: string): { readonly first: number; readonly last: number } {
  const all = [...stdout.matchAll(new RegExp(`^\\[ *(\\d+\\.\\d)s\\] private-${host} {2}`, "gm"))].map(([, seconds]) =>
    Number(seconds),
  );
  return { first: all[0] ?? Number.NaN, last: all.at(-1) ?? Number.NaN };
}

/** Hosts of a stage, of which these are unhealthy with the next release. */
export function withUnhealthy(
  count: number,
  ...unhealthy: readonly number[]
): readonly { readonly name: string; readonly env: Readonly<Record<string, string>> }[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `private-h${index + 1}`,
    env: unhealthy.includes(index + 1) ? { LINK_SHORTENER_UNHEALTHY: "true" } : {},
  }));
}
