import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bridgeLine } from "../../lib/model/bridge.ts";
import { shell } from "../../lib/model/command.ts";
import { sh } from "../../lib/model/shell.ts";
import type { Line } from "../../lib/model/shell.ts";
import { drain } from "../../recipes/drain.ts";
import { commandCheck, connectCheck, httpCheck } from "../../recipes/health-checks.ts";
import { aTarget } from "../support/target.ts";
import type { Ran, Stubs } from "./support/bash.ts";
import { makeStubs, runInBash } from "./support/bash.ts";

type Context = { stubs: Stubs; path: string; server: Server };

const test = suite<Context>("sockets");
test.before.each(async (context) => {
  context.stubs = makeStubs({});
  context.path = `${context.stubs.directory}/app.sock`;
  context.server = createServer(
    (request, answer) => void answer.end(`${request.method} ${request.url} ${request.headers.host}\n`),
  );
  await new Promise<void>((resolve) => context.server.listen(context.path, resolve));
});
test.after.each(({ stubs, server }) => {
  server.closeAllConnections();
  server.close();
  stubs.remove();
});

const socket = (path: string): Parameters<typeof connectCheck>[0] => ({ kind: "socket", path, variant: "green" });

/** What a check leaves in `bg_why` where it fails. */
function tried(check: Line): Promise<Ran> {
  return runInBash([shell("check", sh`bg_check() {\n${check}\n}; bg_check || { echo "$bg_why"; false; }`)]);
}

for (const program of ["perl", "python3"]) {
  test(`by ${program} a request reaches a socket, and its answer comes back whole`, async ({ path, stubs }) => {
    stubs.set("large", `head -c 3000000 /dev/zero`);
    const request = String.raw`POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 3000000\r\nConnection: close\r\n\r\n`;
    const ask = sh`( printf ${request}; large ) | ${bridgeLine([program], path, "join")} | tail -n 1`;
    assert.equal((await runInBash([shell("ask", ask)], stubs)).output, "POST /a shop.example\n");
  });

  test(`by ${program} it is told whether somebody listens`, async ({ path }) => {
    const check = connectCheck(socket(path), [program]);
    assert.equal((await tried(check)).output, "");
    assert.is(
      (await tried(connectCheck(socket(`${path}.none`), [program]))).output,
      `there is no socket ${path}.none\n`,
    );
    // A socket whose program was killed stays.
    const left = `${path}.left`;
    await runInBash([
      shell(
        "leave one",
        sh`perl -MSocket -e 'socket(S,PF_UNIX,SOCK_STREAM,0);bind(S,pack_sockaddr_un(shift))' ${left}`,
      ),
    ]);
    const refused = await tried(connectCheck(socket(left), [program]));
    assert.equal([refused.status, refused.output], [1, `no connection to ${left}: Connection refused\n`]);
  });

  test(`by ${program} HTTP is asked over a socket`, async ({ path }) => {
    const ask = (expect: number): Promise<Ran> =>
      tried(httpCheck(socket(path), [program], { path: "/healthz", host: "shop.example", headers: {}, expect }));
    assert.equal((await ask(200)).output, "");
    assert.is((await ask(204)).output, `/healthz on ${path} answered 200, not 204\n`);
  });
}

test("the spec's command is given the path of the socket", async ({ stubs, path }) => {
  mkdirSync(`${stubs.directory}/bin`);
  stubs.set("bin/shop", 'echo "asked for $*"; exit 3');
  const program = `${stubs.directory}/bin/shop`;
  const ran = await tried(commandCheck(aTarget({ live: "blue" }), program, socket(path)));
  assert.is(ran.output, `${program} -c ${path} ended with status 3: asked for -c ${path}\n`);
});

test("a drain waits for the connections to a socket, accepted or not, and for those alone", async ({
  stubs,
  path,
  server,
}) => {
  const target = aTarget({
    live: "blue",
    app: { destination: stubs.directory, drainTimeout: 400 },
    facts: { nginx: { includesFlag: true } },
  });
  const waiting = drain(target, { kind: "socket", path, variant: "green" });
  const other = connect(path);
  const client = connect(path);
  await wait(50);
  assert.match((await runInBash([waiting])).output, `2 connection(s) to ${path} are still open`);
  other.destroy();
  client.destroy();
  server.closeAllConnections();
  await wait(100);
  const ran = await runInBash([waiting]);
  assert.equal([ran.status, ran.output], [0, ""]);
});

test.run();
