import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeLayout } from "../../lib/model/layout.ts";
import { nginxUnit, unitState } from "../../lib/remote/unit-state.ts";

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

test("an nginx.service that is another name of a unit is read as that unit", () => {
  const ours =
    "Id=shop@blue.service\nActiveState=inactive\nMainPID=0\n\nId=shop@green.service\nActiveState=active\nMainPID=5\n\n";
  const layout = makeLayout("shop", "/opt/shop");
  const text = `${ours}Id=openresty.service\nActiveState=active\nMainPID=7\n`;
  assert.is(nginxUnit(text, layout), "openresty.service");
  assert.equal(unitState(text, nginxUnit(text, layout), []), { active: "active", enabled: false, pid: 7 });
  assert.is(nginxUnit(ours, layout), "nginx.service");
});

test.run();
