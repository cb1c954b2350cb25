import { test } from "uvu";
import * as assert from "uvu/assert";
import { Secret } from "../../lib/model/secret.ts";
import { describe } from "../../lib/plan/describe.ts";
import type { DownloadOptions } from "../../recipes/index.ts";
import { deploy, upload } from "../../recipes/index.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";
import { linesOf, namesOf, undoOf } from "./support/lines.ts";

const sha256 = "0123456789abcdef".repeat(4);
const from = "https://builds.example/shop/app.tar.gz?X-Amz-Signature=1234567890";
const versions = "/opt/shop/versions";
const partial = `${versions}/.${newRelease.id}.partial`;
const complete = `${versions}/${newRelease.id}`;
const record = (status: string): string =>
  `write /opt/shop/.bgdeploy/releases/${newRelease.id}.json (0600, ${JSON.stringify({ id: newRelease.id, status }).length + 1} bytes)`;

test("the hosts' own download stands where the upload did", () => {
  const names = namesOf(deploy({ upload: { from, sha256 } }));
  assert.equal(names.slice(0, 3), ["upload:download", "release:link", "systemd:install"]);
  assert.equal(names.length, deploy().length);
});

test("a host downloads, then completes the release as with any upload; a part that is there stays", () => {
  const [task] = upload({ from, sha256 });
  assert.equal(linesOf(task, aTarget({ live: "blue" })), [
    `bg_stays=; [ -d ${versions} ] || mkdir -p ${versions} || bg_stays=yes; for bg_file in ${versions}/.*.partial; do [ ! -e "$bg_file" ] || rm -rf "$bg_file" || bg_stays=yes; done; [ -z "$bg_stays" ]`,
    "[ -s /opt/shop/.bgdeploy/reserve ] || head -c 131072 /dev/zero >/opt/shop/.bgdeploy/reserve",
    record("staged"),
    `download https://builds.example/shop/app.tar.gz → h1:${complete}/ (by the host itself, sha256 0123456789ab…, sharing with ${oldRelease.id})`,
    `find ${partial} -type f -links 1 -exec touch -d @${newRelease.time / 1000} {} +`,
    `sync -f ${partial} && mv -T ${partial} ${complete}`,
  ]);
  assert.equal(undoOf(task, aTarget({ live: "blue" })), [
    "rm -f /opt/shop/.bgdeploy/reserve",
    `rm -rf ${partial}`,
    record("failed"),
  ]);
});

test("the command carries all that the host needs, and shows no secret of it", () => {
  const target = aTarget({ live: "blue", app: { exec: { name: "server", flags: [], user: "shop" } } });
  const headers = { Authorization: "Bearer abcdefghij" };
  const [task] = upload({ from, sha256: sha256.toUpperCase(), headers, strip: 1 });
  const command = task?.commands(target).find(({ kind }) => kind === "download");
  assert.equal(JSON.parse(JSON.stringify(command)), {
    kind: "download",
    url: "[secret]",
    shown: "https://builds.example/shop/app.tar.gz",
    headers: { Authorization: "[secret]" },
    sha256,
    strip: 1,
    program: "bin/server",
    workspace: "/opt/shop/.bgdeploy/downloads",
    partial,
    to: complete,
    against: [`${versions}/${oldRelease.id}`],
  });
});

test("URL, sum and headers may depend on the target", () => {
  const [task] = upload({
    from: ({ release }) => `https://builds.example/${release.version}.tar`,
    sha256: () => sha256,
    headers: ({ host }) => ({ "X-Host": new Secret(`host ${host.name}`) }),
  });
  const target = aTarget();
  const command = task?.commands(target).find((each) => each.kind === "download");
  assert.ok(command && describe(command, target).startsWith("download https://builds.example/v1.1.tar →"));
  assert.is(command.kind === "download" && command.headers["X-Host"]?.reveal(), "host h1");
});

test("an app that writes into its release shares none; a host that joins gets the copy that was brought here", () => {
  const [task] = upload({ from, sha256 });
  const writable = task?.commands(aTarget({ live: "blue", app: { writable: true } }));
  assert.equal(
    writable?.flatMap((each) => (each.kind === "download" ? each.against : [])),
    [],
  );
  const joining = { ...aTarget({ facts: { programs: [] } }), copy: true };
  assert.equal(
    task?.commands(joining).map(({ kind }) => kind),
    ["shell", "shell", "write", "upload", "shell"],
  );
  assert.is(task?.refuse(joining), undefined);
});

const bad: readonly (readonly [string, Partial<Record<keyof DownloadOptions, unknown>>, string])[] = [
  ["no URL", { from: undefined }, 'from: expected a URL such as "https://…/app.tar.gz", found undefined'],
  ["a path", { from: "/srv/app.tar" }, 'from: expected a URL such as "https://…/app.tar.gz", found "/srv/app.tar"'],
  [
    "another scheme",
    { from: "s3://bucket/app.tar?key=1" },
    'from: expected a URL such as "https://…/app.tar.gz", found "s3://bucket/app.tar"',
  ],
  [
    "a space",
    { from: "https://x/my app.tar?key=1" },
    'from: "https://x/my app.tar" may contain only ASCII characters and no spaces: percent-encode the others',
  ],
  [
    "a user in the URL",
    { from: "https://me:hunter2@x/app.tar" },
    'from: "https://…@x/app.tar" contains a user name: put it into headers, { Authorization: new Secret("Basic …") }',
  ],
  ["a short sum", { sha256: "abc" }, "sha256: expected 64 hexadecimal digits, found 3"],
  ["another text for a sum", { sha256: "v1.0" }, 'sha256: expected 64 hexadecimal digits, found "v1.0"'],
  ["no sum", { sha256: undefined }, "sha256: expected 64 hexadecimal digits, found undefined"],
  ["a deeper strip", { strip: 2 }, "strip: expected 0 or 1, found 2"],
  [
    "a header of two lines",
    { headers: { A: "1\r\nB: 2" } },
    "headers.A: may contain only ASCII characters and no line breaks",
  ],
  ["an empty header", { headers: { A: "" } }, "headers.A: expected a text or a Secret, found nothing"],
  ["a header without a name", { headers: { "A b": "1" } }, 'headers.A b: "A b" is not a header name'],
];

for (const [name, options, problem] of bad) {
  test(`refused where it is written: ${name}`, () =>
    assert.throws(
      () => upload({ from, sha256, ...options } as DownloadOptions),
      (error: unknown) => error instanceof TypeError && error.message === `upload(): ${problem}`,
    ));
}

test("all problems are said at once, also those of functions, when a run is planned", () => {
  const wrong = { from: "x", sha256: "y" };
  const sentence =
    'upload(): from: expected a URL such as "https://…/app.tar.gz", found "x"; sha256: expected 64 hexadecimal digits, found "y"';
  assert.throws(
    () => upload(wrong),
    (error: unknown) => error instanceof TypeError && error.message === sentence,
  );
  assert.is(upload({ from: () => "x", sha256: () => "y" })[0]?.refuse(aTarget()), sentence);
});

test("a function that throws refuses the run, with what it said", () => {
  const unset = (): never => {
    throw new Error("ARCHIVE_URL is not set");
  };
  const [task] = upload({ from: unset, sha256 });
  assert.ok(task?.commands(aTarget()));
  assert.is(task?.refuse(aTarget()), "upload(): from: ARCHIVE_URL is not set");
});

const refusals: readonly (readonly [string, TargetOptions, Partial<DownloadOptions>, string | undefined])[] = [
  ["curl will do", { facts: { programs: ["curl", "tar", "gzip"] } }, {}, undefined],
  ["wget will do", { facts: { programs: ["wget", "tar", "gzip"] } }, {}, undefined],
  [
    "neither",
    { facts: { programs: ["tar", "gzip"] } },
    {},
    "neither curl nor wget is installed to download the release. Install one: sudo apt-get install curl",
  ],
  [
    "wget with headers",
    { facts: { programs: ["wget", "tar", "gzip"] } },
    { headers: { A: "1" } },
    "curl is not installed, and is needed to download the release (wget would pass `headers` on when redirected). Install it: sudo apt-get install curl",
  ],
  [
    "no xz for a .tar.xz",
    {},
    { from: "https://x/app.tar.xz?a=b" },
    "xz is not installed, and is needed to unpack the release. Install it: sudo apt-get install xz-utils",
  ],
  [
    "no zstd for a .tar.zst",
    {},
    { from: "https://x/app.tar.zst" },
    "zstd is not installed, and is needed to unpack the release. Install it: sudo apt-get install zstd",
  ],
];
for (const [name, options, more, expected] of refusals) {
  test(`what a host must have: ${name}`, () =>
    assert.is(upload({ from, sha256, ...more })[0]?.refuse(aTarget(options)), expected));
}

test.run();
