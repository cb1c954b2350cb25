import { chmodSync, chownSync, lchownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UploadCommand } from "../../lib/model/command.ts";
import { canSkipWalk, lookForLinks, sayRsync } from "../../lib/remote/rsync-links.ts";
import { bash, withDirectory } from "./support/bash.ts";

/** An app with a release `r1` that files are shared with, not below /tmp, where all may write. */
function withApp(use: (app: string, found: (before?: string) => Promise<string>) => Promise<void>): Promise<void> {
  return withDirectory(async (home) => {
    const app = join(home, "an 'app' [1] *");
    mkdirSync(join(app, "versions/r1/public/img"), { recursive: true });
    mkdirSync(join(app, ".state"));
    writeFileSync(join(app, "versions/r1/public/page"), "page", { mode: 0o666 });
    const command: UploadCommand = {
      kind: "upload",
      from: "/dist",
      partial: join(app, "versions/.r2.partial"),
      to: join(app, "versions/r2"),
      log: join(app, ".state/r2.sent"),
      against: [join(app, "versions/r1")],
      keepTimes: false,
    };
    await use(app, async (before = "") => {
      const { meanwhile, lastly } = lookForLinks(command);
      const { output } = await bash(`${before}\n${meanwhile.raw}${lastly.raw}echo "found: $bg_links"`);
      return output.trim();
    });
  }, homedir());
}

const isRoot = process.getuid?.() === 0;

test("where only root and the user write, rsync need not walk the way for each file", () =>
  withApp(async (_, found) => {
    assert.is(await found(), "found: --insecure-links");
  }));

for (const place of ["", "versions", ".state", "versions/r1", "versions/r1/public", "versions/r1/public/img"]) {
  for (const mode of [0o775, 0o757, 0o1777]) {
    test(`where others write to the app's ${place || "home"} (${mode.toString(8)}), it walks`, () =>
      withApp(async (app, found) => {
        chmodSync(join(app, place), mode);
        assert.is(await found(), "found:");
      }));
  }
  // Only root gives directories away.
  if (!isRoot) continue;
  test(`where the app's ${place || "home"} is another user's, too`, () =>
    withApp(async (app, found) => {
      chownSync(join(app, place), 12_345, 0);
      assert.is(await found(), "found:");
    }));
}

/** What makes it walk, once the release has been made: shell lines, of which `$app` is the app's directory. */
const dangers: Readonly<Record<string, string>> = {
  "a directory on the way is a symlink": `mv "$app" "$app-elsewhere" && ln -s "$app-elsewhere" "$app"`,
  "the release is a symlink": `mv "$app/versions/r1" "$app/r1" && ln -s "$app/r1" "$app/versions/r1"`,
  "the release is gone": `rm -r "$app/versions/r1"`,
  "a symlink in it leads out": `ln -s /etc/passwd "$app/versions/r1/public/out"`,
  "a symlink in it leads out from the top": `ln -s ../r1/public/page "$app/versions/r1/out"`,
  "a symlink in it leads up twice": `ln -s ../../public/page "$app/versions/r1/public/img/page"`,
  "a symlink in it leads to a directory": `ln -s img "$app/versions/r1/public/out"`,
  "a symlink in it leads nowhere": `ln -s gone "$app/versions/r1/public/out"`,
};

for (const [danger, line] of Object.entries(dangers)) {
  test(`where ${danger}, it walks`, () =>
    withApp(async (app, found) => {
      const { status, output } = await bash(line, { app });
      assert.is(status, 0, output);
      assert.is(await found(), "found:");
    }));
}

test("where a symlink in it is another user's, it walks", () =>
  withApp(async (app, found) => {
    // Only root gives it away.
    if (!isRoot) return;
    symlinkSync("page", join(app, "versions/r1/public/out"));
    lchownSync(join(app, "versions/r1/public/out"), 12_345, 0);
    assert.is(await found(), "found:");
  }));

for (const [how, before] of [
  ["is no find", "PATH=/nowhere"],
  ["is one that fails and says nothing", "find() { return 1; }"],
  ["is one that is killed", "find() { kill -9 $BASHPID; }"],
] as const) {
  test(`where there ${how}, it walks`, () =>
    withApp(async (_, found) => {
      assert.is(await found(before), "found:");
    }));
}

test("symlinks to files of the release, and files that others write to, do not matter", () =>
  withApp(async (app, found) => {
    symlinkSync("page", join(app, "versions/r1/public/same"));
    symlinkSync("../page", join(app, "versions/r1/public/img/above"));
    assert.is(await found(), "found: --insecure-links");
  }));

test("the release grows in a directory that others could never write to", () =>
  withApp(async (app, found) => {
    await found("umask 000");
    assert.is(statSync(join(app, "versions/.r2.partial")).mode & 0o777, 0o755);
    // One that is there already may be anyone's.
    assert.match(await found(), /found:$/);
  }));

test("an rsync that does not know the option says its version all the same", async () => {
  const old = `rsync() { case " $* " in *" --insecure-links "*) echo "unknown option" >&2; return 1 ;; esac; echo "rsync  version 3.2.7"; }`;
  const young = `rsync() { echo "rsync  version 3.5.0"; }`;
  const [before, since, none] = await Promise.all(
    [old, young, "rsync() { return 127; }"].map((stub) => bash(`${stub}\n${sayRsync}`)),
  );
  assert.equal([before?.output, canSkipWalk(before?.output ?? "")], ["rsync  version 3.2.7\n", false]);
  assert.is(canSkipWalk(since?.output ?? ""), true);
  assert.equal([none?.output, canSkipWalk(none?.output ?? "")], ["", false]);
});

test.run();
