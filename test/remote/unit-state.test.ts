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

test.run();
