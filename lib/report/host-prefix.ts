import type { Paint } from "../plan/paint.ts";

/** Apart from the colours that mean something: red, green and blue. */
const colors = ["cyan", "magenta", "yellow", "cyanBright", "magentaBright"] as const;

/** What stands before each line of a host: its name, in one width for all, in a colour that it has every time. */
export function hostPrefixes(hosts: readonly string[], paint: Paint): (host: string) => string {
  const width = Math.max(0, ...hosts.map((host) => host.length));
  const taken = new Map<string, number>();
  for (const host of hosts) {
    const used = new Set(taken.values());
    const own = sumOf(host) % colors.length;
    const free = colors.map((_, index) => (own + index) % colors.length).find((index) => !used.has(index));
    taken.set(host, free ?? own);
  }
  const prefixes = new Map(
    hosts.map((host) => [host, paint(colors[taken.get(host) ?? 0] ?? "cyan", `${host.padEnd(width)} |`)]),
  );
  return (host) => prefixes.get(host) ?? host;
}

function sumOf(text: string): number {
  return new TextEncoder().encode(text).reduce((sum, byte) => (sum * 31 + byte) % 65_521, 0);
}
