import { test } from "uvu";
import * as assert from "uvu/assert";
import { unitState } from "../../lib/remote/unit-state.ts";

// systemd says `refreshing` from 257 on, where the extensions of a unit are mounted anew.
for (const [said, active] of [
  ["active", "active"],
  ["reloading", "active"],
  ["refreshing", "active"],
  ["activating", "activating"],
  ["failed", "failed"],
  ["", "inactive"],
] as const) {
  test(`a unit that systemd calls "${said}" is ${active}`, () => {
    const text = `Id=other.service\nActiveState=failed\nMainPID=1\n\nId=nginx.service\nActiveState=${said}\nMainPID=42`;
    assert.equal(unitState(text, "nginx.service", []), { active, enabled: false, pid: 42 });
  });
}

test("a unit that ended by the signal that asked it to has not failed; one that was killed, or failed by itself, has", () => {
  const state = (result: string, status: string): string =>
    unitState(
      `Id=shop@blue.service\nActiveState=failed\nResult=${result}\nExecMainStatus=${status}\nMainPID=0\n`,
      "shop@blue.service",
      [],
    ).active;
  assert.equal(
    [state("exit-code", "143"), state("exit-code", "130"), state("exit-code", "1"), state("timeout", "143")],
    ["inactive", "inactive", "failed", "failed"],
  );
});

test.run();
