import { type Server, type Socket, connect, createServer } from "node:net";
import { performance } from "node:perf_hooks";

/** Where a relay leads. */
export type Place = { readonly host: string; readonly port: number };

/**
 * A long cable: whatever arrives goes on `rtt`/2 ms later, in either direction, as much of it at once as there is. A new
 * connection takes a round trip before its first byte can leave, as TCP's handshake does. It limits no bandwidth and
 * loses nothing.
 */
export function relay(to: Place, rtt: number): Server {
  return createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const open = performance.now() + rtt;
    const far = connect({ ...to, noDelay: true, allowHalfOpen: true });
    // What the client says at once, it could only have said after the handshake; the server hears the client then, too.
    carry(near, far, rtt / 2, open);
    carry(far, near, rtt / 2, open + rtt / 2);
  });
}

/** Pipes with a delay. Nothing that arrives before the time `open` counts as arrived before it. */
function carry(from: Socket, to: Socket, delay: number, open: number): void {
  const waiting: { readonly due: number; readonly chunk: Buffer | undefined }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    // A timer may come up to a millisecond late, so it is set early and what is almost due goes.
    while (waiting[0] !== undefined && waiting[0].due <= performance.now() + 0.5) {
      const chunk = waiting.shift()?.chunk;
      if (chunk === undefined) to.end();
      else to.write(chunk);
    }
    if (waiting[0] !== undefined)
      timer = setTimeout(flush, Math.max(1, Math.floor(waiting[0].due - performance.now())));
  };
  const take = (chunk: Buffer | undefined): void => {
    waiting.push({ due: Math.max(performance.now(), open) + delay, chunk });
    if (timer === undefined) timer = setTimeout(flush, Math.max(1, Math.floor(delay)));
  };
  from.on("data", take);
  from.on("end", () => take(undefined));
  from.on("error", () => to.destroy());
  from.on("close", () => {
    if (!from.readableEnded) to.destroy();
  });
}
