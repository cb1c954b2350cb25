import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, lchownSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { quote } from "../../lib/model/shell.ts";
import { trustedSource } from "../../host/trusted.ts";
import { trustedLine } from "../../lib/model/trusted.ts";
import { bash, withDirectory } from "../remote/support/bash.ts";

const nobody = 65534;
const isRoot = process.getuid?.() === 0;

/** What is said of `app/state/file` after `change`; `""` where it is sound. */
const judged = (change: (app: string) => void, path = "state/file"): Promise<string> =>
  withDirectory(async (directory) => {
    const app = join(directory, "app");
    mkdirSync(join(app, "state"), { recursive: true });
    writeFileSync(join(app, "state/file"), "x", { mode: 0o600 });
    change(app);
    const line = trustedLine(app, [join(app, path)]);
    const { output } = await bash(`${trustedSource}\n${line.raw} && echo sound || echo "$bg_why"`);
    return output.trim().replaceAll(directory, "");
  });

test("what only root and the user can write is sound, and so is what is not there", async () => {
  assert.is(await judged(() => {}), "sound");
  assert.is(await judged(() => {}, "state/none"), "sound");
  assert.is(await judged(() => {}, "none/none"), "sound");
});

test("a symlink is not, at the end or on the way, also one that leads nowhere", async () => {
  const planted = (app: string): void => symlinkSync("/etc/passwd", join(app, "state/link"));
  assert.is(await judged(planted, "state/link"), "/app/state/link is a symlink");
  const dangling = (app: string): void => symlinkSync("/nowhere", join(app, "state/link"));
  assert.is(await judged(dangling, "state/link"), "/app/state/link is a symlink");
  const way = (app: string): void => symlinkSync("state", join(app, "way"));
  assert.is(await judged(way, "way/file"), "/app/way is a symlink");
});

test("a file or a directory that others may write is not", async () => {
  assert.is(
    await judged((app) => chmodSync(join(app, "state/file"), 0o620)),
    "other users may write to /app/state/file",
  );
  assert.is(
    await judged((app) => chmodSync(join(app, "state/file"), 0o602)),
    "other users may write to /app/state/file",
  );
  assert.is(await judged((app) => chmodSync(join(app, "state"), 0o770)), "other users may write to /app/state");
  assert.is(await judged((app) => chmodSync(app, 0o757)), "other users may write to /app");
});

test("a directory above the destination may be open to a group of the user's own name, and to no other", async () => {
  const open = (mode: number, gid?: number) => (app: string) => {
    chmodSync(join(app, ".."), mode);
    if (gid !== undefined) chownSync(join(app, ".."), 0, gid);
  };
  if (isRoot) {
    assert.is(await judged(open(0o770, 0)), "sound");
    assert.is(await judged(open(0o770, nobody)), "other users may write to ");
  }
  assert.is(await judged(open(0o707)), "other users may write to ");
});

test("a directory is as sound as a file; a pipe and a device are not", async () => {
  assert.is(await judged((app) => mkdirSync(join(app, "state/dir")), "state/dir"), "sound");
  const pipe = (app: string): void => void execFileSync("mkfifo", ["-m", "600", join(app, "state/pipe")]);
  assert.is(await judged(pipe, "state/pipe"), "/app/state/pipe is not a regular file");
});

if (isRoot) {
  test("what belongs to another user is not, be it the file, its directory or the destination", async () => {
    for (const path of ["state/file", "state", ""])
      assert.is(
        await judged((app) => chownSync(join(app, path), nobody, nobody)),
        `${join("/app", path).replace(/\/$/, "")} belongs to nobody`,
      );
  });

  test("a destination that is a symlink is followed to where it truly is", async () => {
    const moved =
      (owner: number) =>
      (app: string): void => {
        mkdirSync(`${app}-disk/app`, { recursive: true });
        writeFileSync(`${app}-disk/app/file`, "x");
        symlinkSync(`${app}-disk/app`, join(app, "real"));
        chownSync(`${app}-disk`, owner, owner);
      };
    const there = (owner: number): Promise<string> =>
      withDirectory(async (directory) => {
        const app = join(directory, "app");
        mkdirSync(app);
        moved(owner)(app);
        const base = join(app, "real");
        const { output } = await bash(
          `${trustedSource}\nbg_trusted ${quote(base)} ${quote(join(base, "file"))} && echo sound || echo "$bg_why"`,
        );
        return output.trim().replaceAll(directory, "");
      });
    assert.is(await there(0), "sound");
    assert.is(await there(nobody), "/app-disk belongs to nobody");
  });

  test("nor is a destination that another user's symlink leads to", () =>
    withDirectory(async (directory) => {
      const base = join(directory, "link");
      writeFileSync(join(directory, "file"), "x");
      symlinkSync(directory, base);
      lchownSync(base, nobody, nobody);
      const { output } = await bash(
        `${trustedSource}\nbg_trusted ${quote(base)} ${quote(join(base, "file"))} || echo "$bg_why"`,
      );
      assert.is(output.trim(), `${base} is a symlink of another user`);
    }));
}

test("a hard link to a file of one's own is as sound as that", async () => {
  assert.is(
    await judged((app) => linkSync(join(app, "state/file"), join(app, "state/second")), "state/second"),
    "sound",
  );
});

test.run();
