import { once } from "node:events";
import { createServer } from "node:net";
import { type Place, relay } from "./relay.ts";

/*
 * The process of the relays, apart from the clock of the bench and from the client's processor time. Its argument says
 * what to make; it answers with the ports, a line of JSON, and lives until its input ends.
 */
const wanted: { readonly places: readonly Place[]; readonly rtt: number } = JSON.parse(process.argv[2] ?? "");

const echo = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
const echoPort = await listening(echo);
const ports: number[] = [];
for (const place of [{ host: "127.0.0.1", port: echoPort }, ...wanted.places]) {
  ports.push(await listening(relay(place, wanted.rtt)));
}
process.stdout.write(`${JSON.stringify(ports)}\n`);
process.stdin.resume();
await once(process.stdin, "end");
// oxlint-disable-next-line unicorn/no-process-exit -- open connections would keep it
process.exit(0);

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
