import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RemoteError } from "../../lib/errors.ts";
import type { UploadCommand } from "../../lib/model/command.ts";
import { fetchWords, readProgress, rsyncWords, runRsync } from "../../lib/remote/rsync.ts";
import { withDirectory } from "./support/bash.ts";
import { rejection } from "./support/fake-ssh.ts";

const owner = { asRoot: false, user: "shop", group: "root" };

function upload(more: Partial<UploadCommand> = {}): UploadCommand {
  return {
    kind: "upload",
    from: "/a",
    partial: "/v/.x.partial",
    to: "/v/x",
    log: undefined,
    against: [],
    keepTimes: false,
    ...more,
  };
}

test("an upload compares content, shares with earlier releases, and gives files to the group", () => {
  assert.equal(
    rsyncWords(upload({ against: ["/v/1", "/v/2"], log: "/s/x.sent" }), "h1", ["ssh", "-F", "/tmp/a b"], {
      ...owner,
      group: "www-data",
    }),
    [
      "-rlpc",
      "--whole-file",
      "--chmod=ug-s,u+rwX,go+rX,go-w",
      "-g",
      "--chown=:www-data",
      "--link-dest=/v/1",
      "--link-dest=/v/2",
      "-M--log-file=/s/x.sent",
      "-M--log-file-format=:sent:%n",
      "--no-human-readable",
      "--info=stats1,progress2",
      "--blocking-io",
      "--rsh=ssh -F '/tmp/a b'",
      "--",
      "/a/",
      "h1:/v/.x.partial/",
    ],
  );
});

test("root gives files to the user and the group", () => {
  const words = rsyncWords(upload(), "h1", ["ssh"], { asRoot: true, user: "shop", group: "www-data" });
  assert.equal(words.slice(3, 6), ["-o", "-g", "--chown=shop:www-data"]);
});

test("an address of IPv6 stands in brackets: rsync ends a host at its first colon", () => {
  const to = (host: string): string | undefined => rsyncWords(upload(), host, ["ssh"], owner).at(-1);
  const from = (host: string): string | undefined => fetchWords(host, "/v/x", "/a", ["ssh"]).at(-2);
  assert.is(to("2001:db8::1"), "[2001:db8::1]:/v/.x.partial/");
  assert.is(to("deploy@fe80::1%eth0"), "deploy@[fe80::1%eth0]:/v/.x.partial/");
  assert.is(to("deploy@h1"), "deploy@h1:/v/.x.partial/");
  assert.is(from("root@2001:db8::1"), "root@[2001:db8::1]:/v/x/");
});

/** A remote shell that runs what stands behind the host's name here, and keeps its own words in `words`. */
function remoteShell(directory: string): string {
  const file = join(directory, "rsh");
  writeFileSync(
    file,
    `#!/bin/bash\nwords=(); while [ "$1" != h1 ]; do words+=("$1"); shift; done; shift\nprintf '%s\\0' "\${words[@]}" >${directory}/words\nexec sh -c "$*"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

function makeBuild(directory: string): void {
  mkdirSync(join(directory, "dist/bin"), { recursive: true });
  writeFileSync(join(directory, "dist/bin/shop"), "program", { mode: 0o4775 });
  chmodSync(join(directory, "dist/bin/shop"), 0o4775);
  writeFileSync(join(directory, 'dist/it\'s a "page" $x.html'), "page", { mode: 0o600 });
}

test("a build arrives whole, readable for the service, with no set-id bits; progress and bytes are told", async () => {
  await withDirectory(async (directory) => {
    makeBuild(directory);
    const percents: (number | undefined)[] = [];
    const command = upload({ from: `${directory}/dist`, partial: `${directory}/one` });
    const sent = await runRsync("h1", rsyncWords(command, "h1", [remoteShell(directory)], owner), ({ percent }) =>
      percents.push(percent),
    );
    assert.equal(readdirSync(`${directory}/one`).toSorted(), ["bin", 'it\'s a "page" $x.html']);
    const modes = ["bin", "bin/shop", 'it\'s a "page" $x.html'].map((name) =>
      (statSync(`${directory}/one/${name}`).mode & 0o7777).toString(8),
    );
    assert.equal(modes, ["755", "755", "644"]);
    assert.is(percents.at(-1), 100);
    assert.ok(sent.bytes > 20 && sent.bytes < 5000, String(sent.bytes));
  });
});

test("files that equal those of an earlier release are shared, however fresh they are here", async () => {
  await withDirectory(async (directory) => {
    makeBuild(directory);
    const rsh = remoteShell(directory);
    const send = (partial: string, against: readonly string[]): Promise<unknown> =>
      runRsync("h1", rsyncWords(upload({ from: `${directory}/dist`, partial, against }), "h1", [rsh], owner), () => {});
    await send(`${directory}/one`, []);
    utimesSync(`${directory}/dist/bin/shop`, 1, 1);
    writeFileSync(`${directory}/dist/new`, "new");
    await send(`${directory}/two`, [`${directory}/one`]);
    assert.is(statSync(`${directory}/two/bin/shop`).ino, statSync(`${directory}/one/bin/shop`).ino);
    assert.is(readFileSync(`${directory}/two/new`, "utf8"), "new");
  });
});

test("the user's ssh flags reach ssh as they are", async () => {
  await withDirectory(async (directory) => {
    makeBuild(directory);
    const flags = ["-o", "ProxyCommand=ssh -W '%h:%p' \"jump\"", "-i", "/home/o'brien/my key"];
    const command = upload({ from: `${directory}/dist`, partial: `${directory}/one` });
    await runRsync("h1", rsyncWords(command, "h1", [remoteShell(directory), ...flags], owner), () => {});
    assert.equal(readFileSync(`${directory}/words`, "utf8").split("\0").slice(0, -1), flags);
  });
});

test("a host that takes nothing, and says nothing, is not waited for", async () => {
  await withDirectory(async (directory) => {
    makeBuild(directory);
    const command = upload({ from: `${directory}/dist`, partial: `${directory}/one` });
    const words = rsyncWords(command, "h1", ["sh", "-c", "exec sleep 60"], owner);
    const error = await rejection(runRsync("h1", words, () => {}, { patience: () => 2 }));
    assert.match((error as RemoteError).output, "bgdeploy: the host sent rsync nothing for 2 s");
  });
});

test("a failure is a RemoteError with rsync's own words", async () => {
  await withDirectory(async (directory) => {
    makeBuild(directory);
    const command = upload({ from: `${directory}/dist`, partial: "/proc/nowhere/one" });
    const error = await rejection(runRsync("h1", rsyncWords(command, "h1", [remoteShell(directory)], owner), () => {}));
    assert.instance(error, RemoteError);
    const { message, output, status } = error as RemoteError;
    assert.match(message, /^h1: upload failed with status \d+$/);
    assert.match(output, "/proc/nowhere");
    assert.ok(status > 0);
  });
});

const none = { percent: 0, bytes: 0, files: 0 };
const progress: readonly (readonly [string, string, object])[] = [
  ["within a file", "\r      1,238  12%  146.38kB/s    0:00:08  ", { percent: 12, bytes: 1238, files: 0 }],
  [
    "within a file, plain",
    "\r      1238099  12%  146.38kB/s    0:00:08  ",
    { percent: 12, bytes: 1_238_099, files: 0 },
  ],
  [
    "at a file's end",
    "\r  32768   3%  1.2MB/s  0:00:01 (xfr#5, to-chk=30/120)\n",
    { percent: 75, bytes: 32_768, files: 5 },
  ],
  [
    "while files are still found",
    "\r  32768   3%  1.2MB/s  0:00:01 (xfr#5, ir-chk=30/120)\n",
    { percent: 3, bytes: 32_768, files: 5 },
  ],
  [
    "several in one piece",
    "\r 1 1% 1B/s 0:00:01 (xfr#1, to-chk=9/10)\n\r 9 9% 1B/s 0:00:00 (xfr#2, to-chk=0/10)\n",
    { percent: 100, bytes: 9, files: 2 },
  ],
  [
    "a directory that is looked at before its turn",
    "\r 9 3% 1B/s 0:00:01 (xfr#1, to-chk=76/85)\n\r 9 3% 1B/s 0:00:01 (xfr#1, to-chk=0/85)\n",
    { percent: 10, bytes: 9, files: 1 },
  ],
  ["before the first file", "\r 0 0% 0B/s 0:00:00 (xfr#0, to-chk=78/85)\n", none],
  ["nothing of it", "sent 120 bytes  received 12 bytes\n", none],
];
for (const [what, text, told] of progress) {
  test(`progress of rsync: ${what}`, () => assert.equal(readProgress(text, none), told));
}

test("progress never goes back, also where a piece was cut in a number", () => {
  const before = { percent: 40, bytes: 5000, files: 7 };
  assert.is(readProgress("00  12%  1.2MB/s  0:00:01", before), before);
});

test.run();
