import { test } from "uvu";
import * as assert from "uvu/assert";
import { napSource } from "../../host/nap.ts";
import { bash } from "../remote/support/bash.ts";

/** What a nap of 20 ms runs, in a bash of this version. */
async function napIn(version: string): Promise<string> {
  const line = napSource.replaceAll("BASH_VERSINFO", "bg_version");
  const { output } = await bash(
    `bg_version=(${version}); sleep() { echo "sleep $1"; }; ${line}; bg_nap 0.02; echo over`,
  );
  return output;
}

test("a nap needs no process, but in a bash whose read may wait for ever", async () => {
  assert.is(await napIn("5 2"), "over\n");
  assert.is(await napIn("6 0"), "over\n");
  for (const version of ["5 1", "5 0", "4 4"]) assert.is(await napIn(version), "sleep 0.02\nover\n");
});

test("a nap takes its time", async () => {
  const began = performance.now();
  await bash(`${napSource}; for each in 1 2 3; do bg_nap 0.1; done`);
  assert.ok(performance.now() - began >= 290);
});

test.run();
