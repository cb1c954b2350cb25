import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DownloadCommand } from "../../lib/model/command.ts";
import { quote } from "../../lib/model/shell.ts";
import type { DownloadScene } from "./support/download-scene.ts";
import { aDownloadScene, held, host, succeeds } from "./support/download-scene.ts";

// The script that a host runs once the archive is there, run here: the same bash, tar and rsync.
const test = suite("unpacking an archive");
let scene: DownloadScene;
test.before.each(async () => {
  scene = await aDownloadScene();
});
test.after.each(() => scene.end());

/** A build as an archive; `make` puts more into its directory first. */
function archive(make: (build: string) => void = () => {}, ...words: readonly string[]): Buffer {
  const { directory } = scene;
  const build = join(directory, "build");
  rmSync(build, { recursive: true, force: true });
  mkdirSync(join(build, "bin"), { recursive: true });
  writeFileSync(join(build, "bin/shop"), "#!/bin/sh\n", { mode: 0o755 });
  make(build);
  const all = words.length > 0 ? words : ["-z", "-C", build, "."];
  execFileSync("tar", ["-c", "-f", join(directory, "app.tar"), ...all], { cwd: directory, stdio: "pipe" });
  return readFileSync(join(directory, "app.tar"));
}

/** Unpacks an archive, and gives the problem. */
async function unpack(
  bytes: Buffer,
  more: Partial<DownloadCommand> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const given = scene.command(bytes, more);
  mkdirSync(given.workspace, { recursive: true });
  writeFileSync(held(given), bytes);
  const { status, output, problem } = await host("unpack", given, env);
  assert.is(status === 0, problem === "", output);
  assert.not.ok(existsSync(join(given.workspace, "unpacked")), "nothing that was unpacked stays in the workspace");
  if (problem !== "") assert.equal([existsSync(given.partial), existsSync(held(given))], [false, false]);
  return problem;
}

const modeOf = (path: string): string => (statSync(join(scene.directory, "release", path)).mode & 0o7777).toString(8);

test("an unpacked release has the modes of an upload: readable, no set-id bits", async () => {
  const { directory } = scene;
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
  const [bin, log] = [join(scene.directory, "spied"), join(scene.directory, "calls")];
  mkdirSync(bin);
  writeFileSync(log, "");
  const path = process.env["PATH"] ?? "";
  for (const name of names) {
    const text = `#!/bin/bash\necho "$PWD: ${name} $*" >>${log}\nPATH=${quote(path)} exec ${name} "$@"\n`;
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  }
  const calls = (): readonly string[] => readFileSync(log, "utf8").split("\n").slice(0, -1);
  return { env: { PATH: `${bin}:${path}` }, calls };
}

test("nothing is removed outside the workspace", async () => {
  const given = scene.command(archive());
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
  const { server, command } = scene;
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
  const { directory } = scene;
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
  const { directory } = scene;
  for (const flag of ["--gzip", "--xz", "--zstd", "--format=gnu"]) {
    const bytes = archive(() => {}, flag, "-C", join(directory, "build"), ".");
    assert.is(await unpack(bytes), "", flag);
    assert.is(readFileSync(join(directory, "release/bin/shop"), "utf8"), "#!/bin/sh\n");
    rmSync(join(directory, "release"), { recursive: true });
  }
});

test("strip: 1 takes the only directory at the top", async () => {
  const { directory, command } = scene;
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
  const { shown } = scene.command(archive());
  assert.match(await unpack(Buffer.from("<!DOCTYPE html>")), `${shown} is no archive that tar can unpack: `);
  assert.match(await unpack(archive().subarray(0, 80)), `${shown} is no archive that tar can unpack: `);
  const plain = archive((build) => chmodSync(join(build, "bin/shop"), 0o644));
  assert.match(await unpack(plain), `bin/shop in the archive ${shown} is not executable`);
});

/** A disk with so many bytes and files free, as the host is told. */
function diskWith(bytes: number, files: number): { readonly PATH: string } {
  const bin = join(scene.directory, "disk");
  const path = process.env["PATH"] ?? "";
  const free = `${bytes / 4096} 4096 ${files} 1000000`;
  mkdirSync(bin, { recursive: true });
  const text = `#!/bin/bash\n[ "$1" = -f ] && echo ${quote(free)} || PATH=${quote(path)} exec stat "$@"\n`;
  writeFileSync(join(bin, "stat"), text, { mode: 0o755 });
  return { PATH: `${bin}:${path}` };
}

const megabytes = 1024 * 1024;
const bombs: readonly (readonly [title: string, make: (build: string) => void, words: readonly string[], RegExp])[] = [
  [
    "zeros, packed small",
    (build) => execFileSync("truncate", ["-s", "200M", join(build, "zeros")]),
    ["--zstd"],
    /comes to more than 99\.6 MB unpacked; the disk of \S+ has 104\.8 MB free, of which a release may take 99\.6 MB\nIs it the archive/,
  ],
  [
    "a file with a hole",
    (build) => execFileSync("truncate", ["-s", "10G", join(build, "hole")]),
    ["-S", "-z"],
    /comes to 10737\.4 MB unpacked; the disk of \S+ has 104\.8 MB free/,
  ],
  [
    "one file under many names",
    (build) => {
      writeFileSync(join(build, "one"), Buffer.alloc(megabytes));
      for (let name = 0; name < 200; name += 1) linkSync(join(build, "one"), join(build, `name${name}`));
    },
    ["-z"],
    /comes to 210\.7 MB unpacked/,
  ],
  [
    "many files, each empty",
    (build) => {
      for (let name = 0; name < 900; name += 1) writeFileSync(join(build, `name${name}`), "");
    },
    ["-z"],
    /holds 903 files; the disk of \S+ has room for 1000, of which a release may take 800\n/,
  ],
  [
    "more files than that, before they are all there",
    (build) => {
      for (let name = 0; name < 5000; name += 1) writeFileSync(join(build, `name${name}`), "");
    },
    ["-z"],
    /holds more than 800 files; the disk of/,
  ],
];
for (const [title, make, words, expected] of bombs) {
  test(`an archive that takes more room than there is, is refused, and nothing of it stays: ${title}`, async () => {
    const bytes = archive(make, ...words, "-C", join(scene.directory, "build"), ".");
    assert.ok(bytes.length < 5 * megabytes);
    assert.match(await unpack(bytes, {}, diskWith(100 * megabytes, 1000)), expected);
    assert.equal(readdirSync(join(scene.directory, "downloads")), []);
  });
}

test("a header that would take all memory to read is refused", async () => {
  const size = 1_200_000_000;
  const header = Buffer.alloc(512);
  header.write("pax");
  header.write(
    `0000644\0${"0000000\0".repeat(2)}${size.toString(8).padStart(11, "0")}\0${"0".repeat(11)}\0        x`,
    100,
  );
  header.write("ustar\x0000", 257);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const words = ["-c", `{ cat; head -c ${size} /dev/zero; } | zstd -q`];
  assert.match(await unpack(execFileSync("bash", words, { input: header })), /tar can unpack: tar: memory exhausted/);
});

const outside = (name: string, words: readonly string[], expected: RegExp): void =>
  test(`refused, with nothing written elsewhere: ${name}`, async () => {
    const { directory } = scene;
    writeFileSync(join(directory, "evil"), "evil");
    const bytes = archive(
      (build) => {
        symlinkSync("/etc/passwd", join(build, "absolute"));
        symlinkSync("../../..", join(build, "bin/up"));
        symlinkSync("../../new/bin", join(build, "bin/back"));
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
outside(
  "a symlink that leads up and back in, by a name that the release will not have",
  ["bin/back"],
  /holds the symlink bin\/back, which leads out of the release, to \.\.\/\.\.\/new\/bin/,
);
outside("a pipe", ["pipe"], /holds pipe, which is neither/);
outside(
  "a hard link to a file elsewhere",
  ["-P", "one", "--transform=s|^one|/etc/passwd|RSh", "two"],
  /is no archive that tar can unpack: .*etc\/passwd/,
);

test.run();
