import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UploadCommand } from "../../lib/model/command.ts";
import { lookLine, sayRsync, walksEachFile } from "../../lib/remote/rsync-links.ts";
import { bash, withDirectory } from "./support/bash.ts";

/** An app with a release `r1` that files are shared with, in a home of its own: others may write to the way to /tmp. */
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
      const { output } = await bash(`${before}\n${lookLine(command).raw}echo "found: $bg_links"`);
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

test("where a directory on the way is a symlink, too", () =>
  withApp(async (app, found) => {
    const elsewhere = `${app}-elsewhere`;
    await bash(`mv ${JSON.stringify(app)} ${JSON.stringify(elsewhere)}`);
    symlinkSync(elsewhere, app);
    assert.is(await found(), "found:");
  }));

test("where a release is gone, or there is no find, too", () =>
  withApp(async (app, found) => {
    assert.is(await found("PATH=/nowhere"), "found:");
    await bash(`rm -r ${JSON.stringify(`${app}/versions/r1`)}`);
    assert.is(await found(), "found:");
  }));

test("a symlink inside a release, or a file that others write to, does not matter", () =>
  withApp(async (app, found) => {
    symlinkSync("/tmp", join(app, "versions/r1/public/out"));
    assert.is(await found(), "found: --insecure-links");
  }));

test("an rsync that does not know the option says its version all the same", async () => {
  const old = `rsync() { case " $* " in *" --insecure-links "*) echo "unknown option" >&2; return 1 ;; esac; echo "rsync  version 3.2.7"; }`;
  const young = `rsync() { echo "rsync  version 3.5.0"; }`;
  const [before, since, none] = await Promise.all(
    [old, young, "rsync() { return 127; }"].map((stub) => bash(`${stub}\n${sayRsync}`)),
  );
  assert.equal([before?.output, walksEachFile(before?.output ?? "")], ["rsync  version 3.2.7\n", false]);
  assert.is(walksEachFile(since?.output ?? ""), true);
  assert.equal([none?.output, walksEachFile(none?.output ?? "")], ["", false]);
});

test.run();
