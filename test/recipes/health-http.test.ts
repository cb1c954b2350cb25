import { createServer } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Ran, Stubs } from "./support/bash.ts";
import { withServer } from "./support/bash.ts";
import { Secret } from "../../lib/model/secret.ts";
import type { HealthOptions } from "../../recipes/index.ts";
import { health } from "../../recipes/index.ts";
import { aTarget } from "../support/target.ts";
import { check, healthyStubs, journal, late } from "./support/health.ts";

const test = suite<{ stubs: Stubs }>("health over HTTP");
test.before.each((context) => {
  context.stubs = healthyStubs();
});
test.after.each(({ stubs }) => stubs.remove());

test("HTTP with the expected status is healthy; the request is a whole one", async ({ stubs }) => {
  const seen: unknown[] = [];
  const ran = await withServer(
    ({ method, url, headers }, response) => {
      seen.push({ method, url, headers });
      response.end("ok");
    },
    (port) => check(port, stubs, { http: "/healthz?a=1%20b" }),
  );
  assert.equal([ran.status, ran.output], [0, ""]);
  const headers = { host: "localhost", "user-agent": "bgdeploy", connection: "close" };
  assert.equal(seen, [{ method: "GET", url: "/healthz?a=1%20b", headers }]);
});

test("the host and headers that were asked for are sent as they are, whatever the shell thinks of them", async ({
  stubs,
}) => {
  const seen: unknown[] = [];
  const token = "Bearer 'a' $(touch x) %s\\n`id` \"b\"";
  const headers = { "X-Forwarded-Proto": "https", "User-Agent": "probe/1", Authorization: new Secret(token) };
  const ran = await withServer(
    (request, response) => {
      seen.push(request.headers);
      response.end("ok");
    },
    (port) => check(port, stubs, { http: "/up", host: "shop.example:8443", headers }),
  );
  assert.equal([ran.status, ran.output], [0, ""]);
  const sent = { "x-forwarded-proto": "https", "user-agent": "probe/1", authorization: token };
  assert.equal(seen, [{ host: "shop.example:8443", ...sent, connection: "close" }]);
});

test("options of the task win over the config's", async ({ stubs }) => {
  const seen: unknown[] = [];
  await withServer(
    ({ headers }, response) => {
      seen.push([headers.host, headers["x-a"], headers["x-b"]]);
      response.end("ok");
    },
    (port) =>
      check(
        port,
        stubs,
        { http: "/up", host: "a.example", headers: { "X-A": "1" } },
        { host: "b.example", headers: { "X-B": "2" } },
      ),
  );
  assert.equal(seen, [["b.example", undefined, "2"]]);
});

test("a plan shows no Secret, and none in a header that usually carries one", () => {
  const headers = { "X-Plain": "seen", "X-Mine": new Secret("s3cret-a"), Authorization: "Bearer s3cret-b" };
  const [command] = health({ http: "/up", headers }).commands(aTarget());
  const { raw, shown } = command?.kind === "shell" ? command.line : { raw: "", shown: "" };
  assert.match(shown, "'X-Plain: seen' 'X-Mine: [secret]' 'Authorization: [secret]'");
  assert.not.match(shown, "s3cret");
  assert.match(raw, "'X-Mine: s3cret-a' 'Authorization: Bearer s3cret-b'");
});

test("an option that cannot be a header is refused before a host is touched, and its value not shown", () => {
  const refused: readonly (readonly [HealthOptions, string])[] = [
    [{ host: "a b" }, 'health(): host: "a b" is not a host name, such as "shop.example"'],
    [{ headers: { "X A": "1" } }, 'health(): headers.X A: "X A" is not a header name'],
    [
      { headers: { "X-A": "1\r\nX-B: 2" } },
      "health(): headers.X-A: may contain only ASCII characters and no line breaks",
    ],
    [{ headers: { host: "a" } }, 'health(): headers.host: write health: { host: "shop.example" } instead'],
  ];
  for (const [options, message] of refused)
    assert.throws(
      () => health(options),
      (error: Error) => error.message === message,
    );
});

test("HTTP with another status is tried again, then said", async ({ stubs }) => {
  let asked = 0;
  const answer = (_: unknown, response: { writeHead(status: number): { end(): void } }): void => {
    asked += 1;
    response.writeHead(asked < 4 ? 503 : 200).end();
  };
  const ran = await withServer(answer, (port) => check(port, stubs, { http: "/", timeout: 5000 }));
  assert.equal([ran.status, ran.output, asked], [0, "", 4]);
});

test("HTTP that stays at another status fails at the time-out", async ({ stubs }) => {
  let at = 0;
  const ran = await withServer(
    (_, response) => response.writeHead(404).end(),
    (port) => {
      at = port;
      return check(port, stubs, { http: "/healthz", ...late }, { expect: 204 });
    },
  );
  assert.equal(
    [ran.status, ran.output],
    [1, `not healthy after 0.4 s: http://127.0.0.1:${at}/healthz answered 404, not 204\n${journal}`],
  );
});

const byHttps = { "x-forwarded-proto": "https" };
for (const [status, headers, said] of [
  [
    301,
    {},
    'it redirects, perhaps to https. Say that the visitor came by https: health: { headers: { "X-Forwarded-Proto": "https" } }, or exempt this path in the app from the redirect',
  ],
  [301, byHttps, "it redirects, perhaps to https. Exempt this path in the app from the redirect"],
  [
    400,
    {},
    'perhaps it does not accept the name localhost, by which it was asked. Give it one that it accepts: health: { host: "shop.example" }',
  ],
] as const) {
  test(`an app that answers ${status} to ${JSON.stringify(headers)} is told what that may come of`, async ({
    stubs,
  }) => {
    const ran = await withServer(
      (_, response) => response.writeHead(status).end(),
      (port) => check(port, stubs, { http: "/up", headers, ...late }),
    );
    assert.match(ran.output, `/up answered ${status}, not 200: ${said}\n`);
  });
}

test("a path with characters of the shell is sent and said as it is", async ({ stubs }) => {
  const path = "/a'b\"c$(touch${IFS}x)`id`\\n;&|*?x=%41";
  const urls: (string | undefined)[] = [];
  const ran = await withServer(
    ({ url }, response) => {
      urls.push(url);
      response.writeHead(500).end();
    },
    (port) => check(port, stubs, { http: path, timeout: 200 }),
  );
  assert.is(urls[0], path);
  assert.ok(ran.output.includes(`${path} answered 500, not 200\n`));
});

test("a status line without a reason is understood", async ({ stubs }) => {
  const server = createServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 200\r\n\r\n"));
  const ran = await listening(server, (port) => check(port, stubs, { http: "/" }));
  assert.equal([ran.status, ran.output], [0, ""]);
});

test("a server that closes without an answer is not healthy", async ({ stubs }) => {
  const server = createServer((socket) => socket.on("error", () => {}).resetAndDestroy());
  let at = 0;
  const ran = await listening(server, (port) => check((at = port), stubs, { http: "/", ...late }));
  assert.is(ran.status, 1);
  assert.match(
    ran.output,
    new RegExp(
      `^not healthy after 0.4 s: (no answer from http://127.0.0.1:${at}/|nothing listens on 127.0.0.1:${at})\n`,
    ),
  );
});

function listening(server: ReturnType<typeof createServer>, use: (port: number) => Promise<Ran>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      use(typeof address === "object" && address !== null ? address.port : 0)
        .then(resolve, reject)
        .finally(() => server.close());
    });
  });
}

test.run();
