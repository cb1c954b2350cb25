import type { Lab } from "../../lab/lab.ts";
import { said } from "../../support/hosts.ts";

/** A program of another user that listens wherever it can, and answers visitors as if it were the app. */
const program = `
const { createServer } = require("node:http");
const { unlinkSync } = require("node:fs");
for (const where of process.argv.slice(2)) {
  const answer = (request, response) => response.end(JSON.stringify({ ok: true, version: "stolen", variant: "blue", cookie: request.headers.cookie }));
  const server = createServer(answer);
  const listen = () => isNaN(where) ? server.listen(where) : server.listen(Number(where), "127.0.0.1");
  server.on("error", () => {
    if (isNaN(where)) try { unlinkSync(where); } catch {}
    setTimeout(listen, 1);
  });
  listen();
}
`;

/** Has \`nobody\` try again and again to listen on ports, or at paths, until \`endTheft\`. */
export async function startTheft(lab: Lab, host: string, places: readonly (number | string)[]): Promise<void> {
  await lab.exec(host, "cat >/usr/local/lib/thief.cjs && chmod 644 /usr/local/lib/thief.cjs", program);
  await said(
    lab,
    host,
    `systemd-run -q --unit=thief --uid=nobody /usr/local/bin/node /usr/local/lib/thief.cjs ${places.join(" ")}`,
  );
}

export async function endTheft(lab: Lab, host: string): Promise<void> {
  await lab.exec(host, "systemctl stop thief.service");
}
