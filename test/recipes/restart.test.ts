import { test } from "uvu";
import * as assert from "uvu/assert";
import { hook } from "../../lib/model/hook.ts";
import { shell, sh } from "../../lib/index.ts";
import { task } from "../../lib/model/task.ts";
import { keepLine, restoreLine } from "../../recipes/keep.ts";
import { sumsLine } from "../../recipes/record.ts";
import { deploy, health, hooks, nginx, restart, systemd } from "../../recipes/index.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";
import { linesOf, namesOf, undoOf } from "./support/lines.ts";

/** Of the release that is live, into the other slot. */
const again = (options: TargetOptions = {}): ReturnType<typeof aTarget> =>
  aTarget({ live: "blue", release: oldRelease, ...options });
const own = task({ name: "cache:warm", commands: () => [shell("warm", sh`true`)], undo: "not-needed" });
const parts = {
  beforeStart: [hooks.pre(hook("migrate", { once: true }, () => {})), own],
  beforePrune: [hooks.post("b.sh")],
};
const names = [
  "restart:link",
  "systemd:install",
  "environment:write",
  "systemd:start",
  "systemd:enable",
  "health:check",
  "‖ nginx:switch",
  "restart:record",
  "release:record",
  "nginx:drain",
  "‖ systemd:stop (commits)",
];
const named = (name: string): ReturnType<typeof restart>[number] | undefined =>
  restart(deploy()).find((each) => each.name === name);
const copy = (from: string, to: string): string =>
  `{ [ ! -r ${from} ] || { cp ${from} ${to}.bgdeploy-new && sync ${to}.bgdeploy-new && mv -fT ${to}.bgdeploy-new ${to}; }; }`;
const record = `/opt/shop/.bgdeploy/releases/${oldRelease.id}`;

test("a restart is a deploy that brings nothing and deletes nothing; hooks and tasks of one's own do not run", () => {
  assert.equal(namesOf(restart(deploy(parts))), names);
});

test("with hooks, they and tasks of one's own run where they stand", () => {
  const at = names.indexOf("systemd:start");
  assert.equal(namesOf(restart(deploy(parts), { hooks: true })), [
    ...names.slice(0, at),
    "‖ hooks:pre migrate",
    "cache:warm",
    ...names.slice(at),
    "hooks:post b.sh",
  ]);
});

test("the config's own list keeps its options: another switch, another health check", () => {
  const [check] = [health({ http: "/deep" })];
  const tasks = [...systemd.install(), ...systemd.start(), check, ...nginx.switch({ mode: "instant" })];
  const list = restart(tasks);
  assert.ok(list.includes(check));
  assert.ok(list.some(({ name }) => name === "nginx:switch-instantly"));
});

test("the release goes into the idle slot; undone, the slot is as it was", () => {
  const link = "/opt/shop/versions/current-green";
  const target = again({ facts: { links: { green: newRelease.id } } });
  const to = (id: string): string => `link ${link} → ${id}`;
  assert.is(linesOf(named("restart:link"), target)[1], to(oldRelease.id));
  assert.equal(undoOf(named("restart:link"), target), [to(newRelease.id)]);
});

test("what is recorded of the release stays until the traffic has moved, and an undo puts it back", () => {
  const before = ["systemd:install", "environment:write", "nginx:switch"];
  const written = before.flatMap((name) => linesOf(named(name), again())).filter((line) => line.includes(record));
  assert.equal(written, []);
  const state = "/opt/shop/.bgdeploy";
  const { layout } = again();
  assert.equal(linesOf(named("restart:record"), again()), [
    keepLine(`${record}.sha256`, `${state}/restart.sums.before`).raw,
    keepLine(`${record}.env`, `${state}/restart.env.before`).raw,
    keepLine(`${record}.service`, `${state}/restart.unit.before`).raw,
    `umask 077; rm -f ${record}.sha256 && ${copy("/opt/shop/environment-green", `${record}.env`)} && ${copy("/etc/systemd/system/shop@.service", `${record}.service`)} && ( ${sumsLine(layout, oldRelease.id).raw} ) >${record}.sha256.bgdeploy-new && sync ${record}.sha256.bgdeploy-new && mv -fT ${record}.sha256.bgdeploy-new ${record}.sha256`,
  ]);
  assert.equal(undoOf(named("restart:record"), again()), [
    restoreLine(`${record}.sha256`, `${state}/restart.sums.before`).raw,
    restoreLine(`${record}.env`, `${state}/restart.env.before`).raw,
    restoreLine(`${record}.service`, `${state}/restart.unit.before`).raw,
  ]);
});

test("the release stays recorded as live, also when the switch is undone", () => {
  const words = (lines: readonly string[] | string): readonly string[] =>
    [lines].flat().filter((line) => line.includes(`${record}.json`));
  const size = JSON.stringify({ id: oldRelease.id, status: "live" }).length + 1;
  const line = `write ${record}.json (0600, ${size} bytes)`;
  assert.equal(words(linesOf(named("release:record"), again())), [line]);
  assert.equal(new Set(words(undoOf(named("release:record"), again()))), new Set([line]));
});

test("what an earlier rollback kept warm is stopped and started anew, with the new environment", () => {
  const units = { green: { active: "active", enabled: false, pid: 7 } };
  const facts = { files: { warm: "green" as const }, links: { green: oldRelease.id }, units };
  const lines = linesOf(named("systemd:start"), again({ facts }));
  assert.ok(lines.includes("sudo systemctl restart shop@green.service"));
});

test.run();
