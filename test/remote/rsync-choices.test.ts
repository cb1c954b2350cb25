import { test } from "uvu";
import * as assert from "uvu/assert";
import { choices, ownVersion } from "../../lib/remote/rsync-choices.ts";

const rsync34 = `rsync  version 3.4.1  protocol version 32
Optimizations:
    SIMD-roll
Checksum list:
    xxh128 xxh3 xxh64 (xxhash) md5 md4 none
Compress list:
    zstd lz4 zlibx zlib none
Daemon auth list:
    sha512 md5 md4
`;
const rsync32 = rsync34.replace("xxh128 xxh3 xxh64 (xxhash) ", "").replace("zstd lz4 ", "");
const rsync31 = "rsync  version 3.1.3  protocol version 31\nCapabilities:\n    64-bit files\n";

test("the best that both ends know is chosen", () => {
  assert.equal(choices(rsync34, rsync34, true), ["--checksum-choice=xxh128", "-z", "--compress-choice=zstd"]);
  assert.equal(choices(rsync34, rsync32, true), ["--checksum-choice=md5", "-z", "--compress-choice=zlibx"]);
  assert.equal(choices(rsync34, rsync34, false), ["--checksum-choice=xxh128"]);
});

test("where one end cannot be asked, or does not say, they agree by themselves", () => {
  for (const other of [rsync31, "", "rsync: command not found"]) {
    assert.equal(choices(rsync34, other, true), ["-z"]);
    assert.equal(choices(other, rsync34, false), []);
  }
});

test("this machine's rsync says what it knows", async () => {
  assert.match(await ownVersion(), /^rsync {2}version/);
});

test.run();
