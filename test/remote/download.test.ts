import { createHash, randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DownloadCommand } from "../../lib/model/command.ts";
import { Secret } from "../../lib/model/secret.ts";
import { waitEnded } from "../../lib/model/wait.ts";
import { fetchLine, unpackLine } from "../../lib/remote/download.ts";
import type { ArchiveServer } from "../support/archive-server.ts";
import { serveArchives } from "../support/archive-server.ts";
import type { Ran } from "./support/bash.ts";
import { bash } from "./support/bash.ts";

// The scripts that a host runs, run here: the same bash, curl, wget, tar and rsync, against a real server.
const test = suite("a download");
let server: ArchiveServer;
let directory: string;
test.before(async () => {
  server = await serveArchives("127.0.0.1");
});
test.after(() => server.close());
test.before.each(() => {
  directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  server.seen.length = 0;
});
test.after.each(() => rmSync(directory, { recursive: true, force: true }));

const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
const owner = { asRoot: false, user: "nobody", group };
const signature = "X-Amz-Signature=0123456789abcdef";

/** A build as an archive; `make` puts more into its directory first. */
function archive(make: (build: string) => void = () => {}, ...words: readonly string[]): Buffer {
  const build = join(directory, "build");
  rmSync(build, { recursive: true, force: true });
  mkdirSync(join(build, "bin"), { recursive: true });
  writeFileSync(join(build, "bin/shop"), "#!/bin/sh\n", { mode: 0o755 });
  make(build);
  const all = words.length > 0 ? words : ["-z", "-C", build, "."];
  execFileSync("tar", ["-c", "-f", join(directory, "app.tar"), ...all], { cwd: directory, stdio: "pipe" });
  return readFileSync(join(directory, "app.tar"));
}

function command(bytes: Buffer, more: Partial<DownloadCommand> = {}): DownloadCommand {
  const shown = server.url("app.tar.gz");
  return {
    kind: "download",
    url: new Secret(`${shown}?${signature}`),
    shown,
    headers: {},
    sha256: createHash("sha256").update(bytes).digest("hex"),
    strip: 0,
    program: "bin/shop",
    workspace: join(directory, "downloads"),
    partial: join(directory, "release"),
    to: join(directory, "complete"),
    against: [],
    ...more,
  };
}

/** Runs one part of a download; what it found is the problem, in one text. */
async function host(
  part: "fetch" | "unpack",
  given: DownloadCommand,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran & { readonly problem: string }> {
  const interrupt = join(directory, "interrupt");
  const line = part === "fetch" ? fetchLine(given, interrupt) : unpackLine(given, { owner, interrupt });
  const ran = await bash(`( eval ${quoted(line.raw)} ) </dev/null; exit $?`, env);
  const problem = [...ran.output.matchAll(/^problem (.*)$/gm)].map(([, text]) => text).join("\n");
  assert.not.match(ran.output, "X-Amz");
  return { ...ran, problem };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

async function succeeds(part: "fetch" | "unpack", given: DownloadCommand, env = {}): Promise<void> {
  const { status, output } = await host(part, given, env);
  assert.is(status, 0, output);
}

const held = (given: DownloadCommand): string => join(given.workspace, `${given.sha256}.archive`);
const big = randomBytes(300_000);

test("an archive comes whole, and is not fetched again when it is there", async () => {
  const given = command(big);
  server.set("app.tar.gz", { bytes: big });
  await succeeds("fetch", given);
  assert.equal(readFileSync(held(given)), big);
  assert.is(server.seen[0]?.url, `/app.tar.gz?${signature}`);
  await succeeds("fetch", given);
  assert.is(server.seen.length, 1);
  assert.is(statSync(given.workspace).mode & 0o777, 0o700);
  assert.equal(readdirSync(given.workspace), [`${given.sha256}.archive`]);
});

test("a transfer that is cut goes on where it was cut", async () => {
  const given = command(big);
  server.set("app.tar.gz", { bytes: big, cutAfter: 120_000 });
  await succeeds("fetch", given);
  assert.equal(
    server.seen.map(({ from }) => from),
    [0, 120_000, 240_000],
  );
});

test("what an earlier run left is gone on from; what is of another archive goes", async () => {
  const given = command(big);
  mkdirSync(given.workspace);
  writeFileSync(held(given), big.subarray(0, 100_000));
  writeFileSync(join(given.workspace, "other.archive"), "x");
  server.set("app.tar.gz", { bytes: big });
  await succeeds("fetch", given);
  assert.equal(
    server.seen.map(({ from }) => from),
    [100_000],
  );
  assert.equal(readdirSync(given.workspace), [`${given.sha256}.archive`]);
});

test("a part that was spoilt is thrown away, and all is fetched again", async () => {
  const given = command(big);
  mkdirSync(given.workspace);
  for (const length of [100_000, 400_000]) {
    writeFileSync(held(given), Buffer.alloc(length));
    server.set("app.tar.gz", { bytes: big });
    await succeeds("fetch", given);
    assert.equal(readFileSync(held(given)), big);
  }
});

test("a server that ignores Range is begun with anew", async () => {
  const given = command(big);
  mkdirSync(given.workspace);
  writeFileSync(held(given), big.subarray(0, 100_000));
  server.set("app.tar.gz", { bytes: big, ignoresRange: true });
  await succeeds("fetch", given);
  assert.equal(readFileSync(held(given)), big);
});

test("a transfer that is cut at the same place for good ends, and keeps what is there", async () => {
  const given = command(big);
  server.set("app.tar.gz", { bytes: big, cutAt: 200_000, rate: 500_000 });
  const { problem } = await host("fetch", given);
  assert.is(
    problem,
    `the transfer of ${given.shown} was cut again and again, the last time at 0.2 MB of 0.3 MB\nRun again: it goes on from there`,
  );
  assert.is(statSync(held(given)).size, 200_000);
});

test("wrong bytes are refused, with both sums, and nothing is kept", async () => {
  const given = command(big);
  server.set("app.tar.gz", { bytes: Buffer.from("other") });
  const { problem } = await host("fetch", given);
  const got = createHash("sha256").update("other").digest("hex");
  assert.match(problem, `the SHA-256 of ${given.shown} is ${got}, and ${given.sha256} is wanted\n`);
  assert.equal(readdirSync(given.workspace), []);
  assert.is(server.seen.length, 1);
});

/** A download of its own beside others: `name` on the server, or elsewhere. */
function elsewhere(shown: string): DownloadCommand {
  const workspace = join(directory, shown.replaceAll(/\W/g, "_"));
  return command(big, { url: new Secret(`${shown}?${signature}`), shown, workspace });
}

test("answers that are errors, a name that is none and a port where nothing listens are said", async () => {
  const statuses = [403, 404, 401, 418, 503];
  for (const status of statuses) server.set(`${status}.tar`, { status });
  const nowhere = ["http://no-such-host.invalid/a.tar", "http://127.0.0.1:1/a.tar"];
  const urls = [...statuses.map((status) => server.url(`${status}.tar`)), ...nowhere];
  const problems = await Promise.all(urls.map(async (url) => (await host("fetch", elsewhere(url))).problem));
  const [closed, ...rest] = problems.toReversed();
  assert.equal(rest.toReversed(), [
    `${urls[0]} answered 403: this link does not open it; one that is signed may have expired\nMake a new link and run again`,
    `${urls[1]} answered 404: there is no such file\nWas the archive uploaded, and under this name?`,
    `${urls[2]} answered 401: it wants to know who asks\nGive the host a header: headers: { Authorization: new Secret(…) }`,
    `${urls[3]} answered 418\nLook at the URL: from: …`,
    `${urls[4]} answered 503, four times\nRun again when the server is well`,
    "cannot resolve the name no-such-host.invalid\nLook there: getent hosts no-such-host.invalid",
  ]);
  assert.match(closed ?? "", "cannot download http://127.0.0.1:1/a.tar: ");
});

test("headers are sent, with quotes and backslashes as they are, but not to where one is led", async () => {
  const token = 'Bearer "a\\b$c';
  const given = command(big, { headers: { Authorization: new Secret(token) } });
  const other = await serveArchives("localhost");
  try {
    other.set("moved.tar.gz", { bytes: big });
    server.set("app.tar.gz", { bytes: big, authorization: token });
    await succeeds("fetch", given);
    rmSync(given.workspace, { recursive: true });
    server.set("app.tar.gz", { redirect: other.url("moved.tar.gz?secret=2") });
    await succeeds("fetch", given);
    other.set("moved.tar.gz", { bytes: big, rate: 200_000 });
    rmSync(given.workspace, { recursive: true });
    // On the way: of what was meant, not of the answer that led there.
    assert.match((await host("fetch", given)).output, /^progress (?!300000)\d+ 300000$/m);
    other.seen.splice(1);
    assert.equal(
      other.seen.map(({ url, authorization }) => [url, authorization]),
      [["/moved.tar.gz?secret=2", undefined]],
    );
  } finally {
    await other.close();
  }
});

test("without curl, wget does the same: goes on, begins anew, names what fails", async () => {
  const bin = join(directory, "bin");
  mkdirSync(bin);
  for (const name of "bash cat cut find getent grep head kill mkdir mv paste printf rm sed seq sha256sum sleep stat tail wget xargs".split(
    " ",
  )) {
    const path = execFileSync("bash", ["-c", `type -P ${name} || :`], { encoding: "utf8" }).trim();
    if (path !== "") symlinkSync(path, join(bin, name));
  }
  const env = { PATH: bin };
  const given = command(big);
  server.set("app.tar.gz", { bytes: big, cutAfter: 120_000 });
  await succeeds("fetch", given, env);
  assert.equal(
    server.seen.map(({ from }) => from),
    [0, 120_000, 240_000],
  );
  writeFileSync(held(given), Buffer.alloc(400_000));
  await succeeds("fetch", given, env);
  writeFileSync(held(given), big.subarray(0, 100_000));
  server.set("app.tar.gz", { bytes: big, ignoresRange: true });
  await succeeds("fetch", given, env);
  rmSync(held(given));
  server.set("app.tar.gz", { status: 403 });
  assert.match((await host("fetch", given, env)).problem, "answered 403");
  const nowhere = "http://no-such-host.invalid/a.tar";
  const unknown = command(big, { url: new Secret(nowhere), shown: nowhere });
  assert.match((await host("fetch", unknown, env)).problem, "cannot resolve the name");
});

test("a word to stop ends a download at once, and keeps what is there", async () => {
  const given = command(big);
  server.set("app.tar.gz", { bytes: big, rate: 60_000 });
  const running = host("fetch", given);
  await server.until(([first]) => (first?.sent ?? 0) >= 48_000);
  writeFileSync(join(directory, "interrupt"), "");
  const { status, problem } = await running;
  assert.is(status, waitEnded);
  assert.match(problem, "interrupted: ");
  assert.ok(statSync(held(given)).size >= 16_000);
});

/** Unpacks an archive, and gives the problem. */
async function unpack(bytes: Buffer, more: Partial<DownloadCommand> = {}): Promise<string> {
  const given = command(bytes, more);
  mkdirSync(given.workspace, { recursive: true });
  writeFileSync(held(given), bytes);
  const { status, output, problem } = await host("unpack", given);
  assert.is(status === 0, problem === "", output);
  assert.not.ok(existsSync(join(given.workspace, "unpacked")), "nothing that was unpacked stays in the workspace");
  if (problem !== "") assert.equal([existsSync(given.partial), existsSync(held(given))], [false, false]);
  return problem;
}

const modeOf = (path: string): string => (statSync(join(directory, "release", path)).mode & 0o7777).toString(8);

test("an unpacked release has the modes of an upload: readable, no set-id bits", async () => {
  const bytes = archive((build) => {
    for (const [name, mode] of [
      ["root", 0o6755],
      ["private", 0o600],
      ["closed", 0o000],
      ["open", 0o666],
    ] as const) {
      writeFileSync(join(build, name), name);
      chmodSync(join(build, name), mode);
    }
    symlinkSync("../root", join(build, "bin/link"));
  });
  assert.is(await unpack(bytes), "");
  assert.equal(
    ["root", "private", "closed", "open", "bin/shop", "bin"].map((path) => modeOf(path)),
    ["755", "644", "644", "644", "755", "755"],
  );
  assert.is(readFileSync(join(directory, "release/bin/link"), "utf8"), "root");
  assert.not.ok(existsSync(join(directory, "downloads")), "the workspace is gone");
});

/** Programs that do what they do, and say so: where, and with which words. */
function spied(...names: readonly string[]): {
  readonly env: { PATH: string };
  readonly calls: () => readonly string[];
} {
  const [bin, log] = [join(directory, "spied"), join(directory, "calls")];
  mkdirSync(bin);
  writeFileSync(log, "");
  const path = process.env["PATH"] ?? "";
  for (const name of names) {
    const text = `#!/bin/bash\necho "$PWD: ${name} $*" >>${log}\nPATH=${quoted(path)} exec ${name} "$@"\n`;
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  }
  const calls = (): readonly string[] => readFileSync(log, "utf8").split("\n").slice(0, -1);
  return { env: { PATH: `${bin}:${path}` }, calls };
}

test("nothing is removed outside the workspace", async () => {
  const given = command(archive());
  const { env, calls } = spied("rm", "chmod");
  mkdirSync(given.workspace);
  writeFileSync(held(given), archive());
  await succeeds("unpack", given, env);
  assert.equal(
    calls().filter((call) => !call.startsWith(`${given.workspace}: `)),
    [`/: rm -rf ${given.workspace}`],
  );
});

test("the waits cost the host no process, where bash can wait by itself", async () => {
  const bytes = archive();
  const given = command(bytes);
  server.set("app.tar.gz", { bytes, cutAfter: bytes.length - 1 });
  const { env, calls } = spied("sleep");
  await succeeds("fetch", given, env);
  await succeeds("unpack", given, env);
  const isOld = execFileSync("bash", ["-c", "((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 502)) && echo old || :"]);
  assert.is(calls().length > 0, isOld.length > 0);
});

test("files that equal those of a former release are shared with it, others are not", async () => {
  const former = join(directory, "former");
  mkdirSync(join(former, "bin"), { recursive: true });
  writeFileSync(join(former, "bin/shop"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(former, "other"), "before");
  const bytes = archive((build) => writeFileSync(join(build, "other"), "after"));
  assert.is(await unpack(bytes, { against: [former] }), "");
  const inode = (path: string): number => statSync(join(directory, path)).ino;
  assert.is(inode("release/bin/shop"), inode("former/bin/shop"));
  assert.is.not(inode("release/other"), inode("former/other"));
});

test("all four kinds are unpacked, whatever the name says", async () => {
  for (const flag of ["--gzip", "--xz", "--zstd", "--format=gnu"]) {
    const bytes = archive(() => {}, flag, "-C", join(directory, "build"), ".");
    assert.is(await unpack(bytes), "", flag);
    assert.is(readFileSync(join(directory, "release/bin/shop"), "utf8"), "#!/bin/sh\n");
    rmSync(join(directory, "release"), { recursive: true });
  }
});

test("strip: 1 takes the only directory at the top", async () => {
  const within = archive(() => {}, "-z", "build");
  const { shown } = command(within);
  assert.is(
    await unpack(within),
    `the archive ${shown} has no bin/shop; at its top there is: build\nDid you mean strip: 1?`,
  );
  assert.is(await unpack(within, { strip: 1 }), "");
  assert.is(modeOf("bin/shop"), "755");
  rmSync(join(directory, "release"), { recursive: true });
  const two = archive((build) => writeFileSync(join(build, "a file"), ""));
  assert.match(await unpack(two, { strip: 1 }), /wants one directory at the top of .*; there is: a\\ file bin\n/);
});

test("what is no release is refused with what it is", async () => {
  const { shown } = command(big);
  assert.match(await unpack(Buffer.from("<!DOCTYPE html>")), `${shown} is no archive that tar can unpack: `);
  assert.match(await unpack(archive().subarray(0, 80)), `${shown} is no archive that tar can unpack: `);
  const plain = archive((build) => chmodSync(join(build, "bin/shop"), 0o644));
  assert.match(await unpack(plain), `bin/shop in the archive ${shown} is not executable`);
});

const outside = (name: string, words: readonly string[], expected: RegExp): void =>
  test(`refused, with nothing written elsewhere: ${name}`, async () => {
    writeFileSync(join(directory, "evil"), "evil");
    const bytes = archive(
      (build) => {
        symlinkSync("/etc/passwd", join(build, "absolute"));
        symlinkSync("../../..", join(build, "bin/up"));
        writeFileSync(join(build, "one"), "1");
        linkSync(join(build, "one"), join(build, "two"));
        execFileSync("mkfifo", [join(build, "pipe")]);
      },
      "-C",
      join(directory, "build"),
      "bin/shop",
      ...words,
    );
    rmSync(join(directory, "evil"));
    assert.match(await unpack(bytes), expected);
    assert.equal([existsSync(join(directory, "evil")), existsSync("/evil-of-bgdeploy")], [false, false]);
  });
outside(
  "a name that leads up",
  ["-P", "--transform=s|^one|../../evil|", "one"],
  /holds \.\.\/\.\.\/evil, which leads out/,
);
outside(
  "an absolute name",
  ["-P", "--transform=s|^one|/evil-of-bgdeploy|", "one"],
  /holds \/evil-of-bgdeploy, which leads out/,
);
outside(
  "an absolute symlink",
  ["absolute"],
  /holds the symlink absolute, which leads out of the release, to \/etc\/passwd/,
);
outside(
  "a symlink that leads up",
  ["bin/up"],
  /holds the symlink bin\/up, which leads out of the release, to \.\.\/\.\.\/\.\./,
);
outside("a pipe", ["pipe"], /holds pipe, which is neither/);
outside(
  "a hard link to a file elsewhere",
  ["-P", "one", "--transform=s|^one|/etc/passwd|RSh", "two"],
  /is no archive that tar can unpack: .*etc\/passwd/,
);

test.run();
