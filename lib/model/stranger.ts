import type { Line } from "./shell.ts";
import { rawLine, sh } from "./shell.ts";

/**
 * Who takes the connections to a port of 127.0.0.1: the rows of /proc/net/tcp whose address fits, in the order in which the
 * kernel looks (inet_lookup_listener): that very address, then all of IPv4, then all of IPv6. Of each there is one owner at a time.
 */
const addresses = "(0100007F|7F000001|0{16}FFFF00000100007F|0{20}FFFF7F000001|0{8}|0{32})";

/** Prints the rows of those who listen to a port; of any where none is given. */
export function listenersLine(port?: number): Line {
  if (port === undefined) return rawLine("exec grep -hs ' 0A ' /proc/net/tcp /proc/net/tcp6");
  const pattern = `^ *[0-9]+: ${addresses}:${hexOf(port)} [0-9A-F:]+ 0A `;
  // Each list costs the kernel milliseconds. Who has the port for an address of IPv4 leaves none of it to IPv6.
  return sh`grep -hsE ${pattern} /proc/net/tcp || exec grep -hsE ${pattern} /proc/net/tcp6`;
}

/** A port as /proc has it. */
export function hexOf(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}
