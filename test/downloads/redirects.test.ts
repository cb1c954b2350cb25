import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DownloadCommand } from "../../lib/model/command.ts";
import { Secret } from "../../lib/model/secret.ts";
import { fetchLine } from "../../lib/remote/download-lines.ts";
import { bash } from "../remote/support/bash.ts";

// The script that a host runs, run here, against real servers: each is an origin of its own.
const test = suite("a download that is led elsewhere");
const bytes = randomBytes(100_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const secret = "0123456789abcdef-of-nobody-else";
const headers = {
  Authorization: new Secret(`Bearer ${secret}`),
  Cookie: new Secret(`session=${secret}`),
  "PRIVATE-TOKEN": new Secret(secret),
  "X-JFrog-Art-Api": new Secret(secret),
};

type Asked = { readonly at: string; readonly headers: IncomingHttpHeaders };
type Origin = {
  readonly url: string;
  /** Where a path leads; any other is the archive. */
  readonly leads: Map<string, string>;
  close(): void;
};
let asked: Asked[];
let looks: (() => void)[];
let directory: string;
let origins: readonly Origin[];
let near: Origin;
let far: Origin;
let safe: Origin;
let env: Readonly<Record<string, string>>;

test.before.each(async () => {
  directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const name = ["-subj", "/CN=storage", "-addext", "subjectAltName=IP:127.0.0.1"];
  const words = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
    ...name,
    "-keyout",
    key,
    "-out",
    cert,
  ];
  execFileSync("openssl", words, { stdio: "pipe" });
  env = { CURL_CA_BUNDLE: cert };
  asked = [];
  looks = [];
  origins = await Promise.all([
    anOrigin("near"),
    anOrigin("far"),
    anOrigin("safe", { key: readFileSync(key), cert: readFileSync(cert) }),
  ]);
  [near, far, safe] = origins as [Origin, Origin, Origin];
});
test.after.each(() => {
  for (const origin of origins) origin.close();
  rmSync(directory, { recursive: true, force: true });
});

async function anOrigin(name: string, tls?: { readonly key: Buffer; readonly cert: Buffer }): Promise<Origin> {
  const leads = new Map<string, string>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push({ at: `${name} ${request.url ?? ""}`, headers: request.headers });
    const location = leads.get((request.url ?? "").slice(1));
    if (location !== undefined) return void response.writeHead(302, { location }).end("<html>It is not here.</html>");
    for (const look of looks) look();
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = from > 0 ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { "content-length": bytes.length - from, ...range });
    response.end(bytes.subarray(from));
  };
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = (): void => void (server.closeAllConnections(), server.close());
  return { url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`, leads, close };
}

const workspace = (): string => join(directory, "downloads");
const archive = (): string => join(workspace(), `${sha256}.archive`);

/** Downloads from there with all headers; gives the problem, if there was one. */
async function fetched(url: string): Promise<string> {
  const places = { workspace: workspace(), partial: join(directory, "release"), to: join(directory, "complete") };
  const command: DownloadCommand = {
    kind: "download",
    signature: undefined,
    url: new Secret(url),
    shown: url,
    headers,
    sha256,
    strip: 0,
    program: "bin/shop",
    ...places,
    against: [],
  };
  const { raw } = fetchLine(command, join(directory, "interrupt"));
  const { status, output } = await bash(`( eval '${raw.replaceAll("'", `'\\''`)}' ) </dev/null; exit $?`, env);
  assert.not.match(output, secret);
  assert.not.match(output, "signed");
  const problem = [...output.matchAll(/^problem (.*)$/gm)].map(([, text]) => text).join("\n");
  assert.is(status === 0, problem === "", output);
  if (status === 0) assert.equal(readFileSync(archive()), bytes);
  return problem;
}

/** Who was asked, in order, and the headers of ours that came along. */
function sent(): readonly string[] {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  return asked.map(({ at, headers: had }) => [at, ...names.filter((name) => had[name] !== undefined)].join(" "));
}
const all = "authorization cookie private-token x-jfrog-art-api";

test("headers of any name stay with the origin that was given", async () => {
  near.leads.set("a", `${far.url}/b?signed`);
  assert.is(await fetched(`${near.url}/a`), "");
  assert.equal(sent(), [`near /a ${all}`, "far /b?signed"]);
});

test("headers go along within the origin, however it is written", async () => {
  near.leads.set("a", "/b?x=1#part");
  near.leads.set("b?x=1", near.url.replace("http", "HTTP"));
  assert.is(await fetched(`${near.url}/a`), "");
  assert.equal(sent(), [`near /a ${all}`, `near /b?x=1 ${all}`, `near / ${all}`]);
});

test("headers do not come back when one is led away and back", async () => {
  near.leads.set("a", `${far.url}/b`);
  far.leads.set("b", `${near.url}/c`);
  near.leads.set("c", `${near.url}/d`);
  assert.is(await fetched(`${near.url}/a`), "");
  assert.equal(sent(), [`near /a ${all}`, "far /b", "near /c", "near /d"]);
});

test("another scheme, another name of the host and a user before it are other origins", async () => {
  const { port } = new URL(near.url);
  const others = [`${safe.url}/b`, `http://localhost:${port}/b`, `${near.url}@127.0.0.1:${new URL(far.url).port}/b`];
  for (const other of others) {
    rmSync(workspace(), { recursive: true, force: true });
    asked.length = 0;
    near.leads.set("a", other);
    assert.is(await fetched(`${near.url}/a`), "");
    const [first, second, ...rest] = sent();
    assert.equal([first, rest], [`near /a ${all}`, []]);
    // What a URL itself says of a user is the server's own.
    assert.match(second ?? "", other.includes("@") ? /^far \/b authorization$/ : /^\w+ \/b$/);
  }
  assert.not.match(asked.at(-1)?.headers.authorization ?? "", secret);
});

test("a part that is there is gone on from where one is led, and an answer on the way is not taken for it", async () => {
  near.leads.set("a", `${far.url}/b`);
  mkdirSync(workspace());
  writeFileSync(archive(), bytes.subarray(0, 40_000));
  assert.is(await fetched(`${near.url}/a`), "");
  assert.equal(
    asked.map(({ headers: { range } }) => range),
    ["bytes=40000-", "bytes=40000-"],
  );
});

test("a URL that one is led to reaches curl as it is, and stands in no command line, environment or file", async () => {
  const sights: string[] = [];
  looks.push(() => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
      for (const file of ["cmdline", "environ"]) sights.push(readIfThere(join("/proc", pid, file)));
    for (const file of readdirSync(workspace())) sights.push(readIfThere(join(workspace(), file)));
  });
  near.leads.set("a", String.raw`${far.url}/b?signed="it's \n $HOME`);
  assert.is(await fetched(`${near.url}/a`), "");
  assert.equal(sent(), [`near /a ${all}`, String.raw`far /b?signed="it's%20\n%20$HOME`]);
  assert.ok(
    sights.some((text) => text.includes("--max-redirs")),
    "curl was looked at",
  );
  assert.equal(
    sights.filter((text) => text.includes("signed=") || text.includes(secret)),
    [],
  );
});

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

test("ten redirects are followed, an eleventh is not", async () => {
  for (let hop = 0; hop < 10; hop += 1) near.leads.set(`${hop}`, `/${hop + 1}`);
  assert.is(await fetched(`${near.url}/0`), "");
  near.leads.set("10", "/11");
  rmSync(workspace(), { recursive: true });
  assert.is(
    await fetched(`${near.url}/0`),
    `${near.url}/0 cannot be followed: more than 10 redirects\nLook at the URL: from: …`,
  );
  assert.equal(readdirSync(workspace()), []);
});

test("one is not led from https down to http, nor to what is neither", async () => {
  safe.leads.set("a", `${near.url}/b?signed`);
  assert.match(await fetched(`${safe.url}/a`), `${safe.url}/a cannot be followed: it leads from https down to http\n`);
  // The last is longer than what a pipe holds.
  for (const other of ["file:///etc/hostname?signed", "ftp://127.0.0.1/", `ftp://127.0.0.1/${"a".repeat(80_000)}`]) {
    safe.leads.set("a", other);
    assert.match(await fetched(`${safe.url}/a`), "cannot be followed: it leads to what is neither http nor https\n");
  }
  assert.equal(
    sent(),
    Array.from({ length: 4 }, () => `safe /a ${all}`),
  );
});

test("what curl says of where one is led shows no signature", async () => {
  near.leads.set("a", "http://127.0.0.1:99999/b?signed");
  assert.match(await fetched(`${near.url}/a`), `${near.url}/a cannot be followed: URL `);
});

test.run();
