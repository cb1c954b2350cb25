import { test } from "uvu";
import * as assert from "uvu/assert";
import { rawLine, shell } from "../../lib/index.ts";
import { pollLine } from "../../recipes/poll.ts";
import { runInBash } from "./support/bash.ts";

/** A clock that is set an hour ahead behind the first look, or back. */
function step(seconds: number): string {
  return `if [ \${bg_looks:-0} = 1 ]; then bg_date=\${EPOCHREALTIME/[.,]/}; unset EPOCHREALTIME; EPOCHREALTIME=$((bg_date / 1000000 + ${seconds})).000000; date() { echo "$EPOCHREALTIME"; }; fi; bg_looks=$((\${bg_looks:-0} + 1))`;
}

for (const seconds of [3600, -3600]) {
  test(`a wait lasts as long as it would when the time of day is set ${seconds} s on`, async () => {
    const ends = pollLine(rawLine(`${step(seconds)}; bg_left=$((bg_looks < 5))`), 20_000, rawLine("echo late"));
    const ended = await runInBash([shell("wait", ends)]);
    assert.equal([ended.status, ended.output], [0, ""]);

    const late = pollLine(rawLine(`${step(seconds)}; bg_left=1`), 300, rawLine("echo late"));
    const ran = await runInBash([shell("wait", rawLine(`${late.raw}; echo $bg_looks`))]);
    assert.match(ran.output, /^late\n/);
    assert.ok(ran.seconds > 0.25 && ran.seconds < 10, `${ran.seconds} s`);
  });
}

test.run();
