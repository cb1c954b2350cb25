import { test } from "uvu";
import * as assert from "uvu/assert";
import { nginx } from "../../recipes/index.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";
import { linesOf, namesOf, undoOf } from "./support/lines.ts";

const [change, record] = nginx.switch();
const current = "/opt/shop/versions/current";
const statusSize = (id: string, status: string): number => JSON.stringify({ id, status }).length + 1;
const status = (id: string, word: string): string =>
  `write /opt/shop/.bgdeploy/releases/${id}.json (0600, ${statusSize(id, word)} bytes)`;
const link = (path: string, to: string): string => `link ${path} → ${to}`;
const note = "# note the nginx workers";
const reload = [
  note,
  "sudo nginx -t (optional)",
  "sudo systemctl reload nginx",
  "# wait until nginx has taken the change",
];
/** A reload that fails on the way back is judged by the workers, as the switch was. */
const back = [
  "sudo nginx -t (optional) (may fail)",
  note,
  "sudo systemctl reload nginx (may fail)",
  "# wait until nginx has taken the change",
];
/** An undo must succeed on a full disk, too. */
const freed = "rm -f /opt/shop/.bgdeploy/reserve";
const backend = "write /opt/shop/backend.conf (0644, 23 bytes)";
const stillRuns = "# see that the new variant still runs";

test("hosts wait for each other before they switch, and each records its own", () => {
  assert.equal(namesOf(nginx.switch()), ["‖ nginx:switch", "release:record"]);
});

test("the switch names the new port, moves current, and reloads until it is proven", () => {
  const target = aTarget({ live: "blue" });
  assert.equal(linesOf(change, target), [stillRuns, backend, link(current, newRelease.id), ...reload]);
  const written = change?.commands(target).find((each) => each.kind === "write");
  assert.is(written?.kind === "write" && written.content.raw, "server 127.0.0.1:8002;\n");
});

test("the first switch links backends.conf to backend.conf; so does one that finds the ancestor's regular file", () => {
  const backends = link("/opt/shop/backends.conf", "backend.conf");
  const lines = [stillRuns, backend, backends, link(current, newRelease.id), ...reload];
  assert.equal(linesOf(change, aTarget()), lines);
  assert.equal(linesOf(change, aTarget({ live: "green", facts: { files: { backends: "" } } })), lines);
});

test("the undo of a switch puts back the former bytes, current, and a proven reload", () => {
  const target = aTarget({ live: "blue", facts: { files: { backend: "server 127.0.0.1:8001; # by hand" } } });
  assert.equal(undoOf(change, target), [
    freed,
    "write /opt/shop/backend.conf (0644, 32 bytes)",
    link(current, oldRelease.id),
    ...back,
  ]);
  const undo = change?.undo;
  const written = typeof undo === "function" ? undo(target)[1] : undefined;
  assert.is(written?.kind === "write" && written.content.raw, "server 127.0.0.1:8001; # by hand");
});

test("the workers of before the switch and those of before its undo are noted apart; none of an nginx that runs is a failure", () => {
  const target = aTarget({ live: "blue" });
  const undo = change?.undo;
  for (const [commands, file] of [
    [change?.commands(target), "workers"],
    [typeof undo === "function" ? undo(target) : [], "workers-back"],
  ] as const) {
    const line = commands?.flatMap((each) =>
      each.kind === "shell" && each.title === "note the nginx workers" ? each.line.raw : [],
    )[0];
    const path = `/opt/shop/.bgdeploy/${file}`;
    assert.ok(line?.includes(`done; fi; } >${path} && [ -s ${path} ];`), line);
  }
});

test("the undo of a first switch never removes the file: nginx would refuse to start every site", () => {
  assert.equal(undoOf(change, aTarget()), [freed, `rm -f ${current}`]);
});

test("the new release is recorded as live, the former one as the one to go back to", () => {
  const target = aTarget({ live: "blue" });
  assert.equal(linesOf(record, target), [
    "write /opt/shop/variant (0644, 6 bytes)",
    status(newRelease.id, "live"),
    status(oldRelease.id, "previous"),
  ]);
  assert.equal(undoOf(record, target), [
    freed,
    "write /opt/shop/variant (0644, 5 bytes)",
    status(oldRelease.id, "live"),
  ]);
});

test("a first release has no former one", () => {
  assert.equal(linesOf(record, aTarget()), ["write /opt/shop/variant (0644, 5 bytes)", status(newRelease.id, "live")]);
  assert.equal(undoOf(record, aTarget()), [freed, "rm -f /opt/shop/variant"]);
});

test("after a rollback the release that was live is not one to go back to; the undo knows what the other one was", () => {
  const [, demoting] = nginx.switch({ demote: "rolled-back" });
  const releases = [
    { id: oldRelease.id, status: "live" },
    { id: newRelease.id, status: "previous" },
  ] as const;
  const target = aTarget({ live: "blue", facts: { releases } });
  assert.equal(linesOf(demoting, target), [
    "write /opt/shop/variant (0644, 6 bytes)",
    status(newRelease.id, "live"),
    status(oldRelease.id, "rolled-back"),
  ]);
  assert.equal(undoOf(demoting, target), [
    freed,
    status(newRelease.id, "previous"),
    "write /opt/shop/variant (0644, 5 bytes)",
    status(oldRelease.id, "live"),
  ]);
});

test("root reloads without sudo", () => {
  const lines = linesOf(change, aTarget({ live: "blue", facts: { sudo: { kind: "root" } } }));
  assert.equal(lines.slice(3), [
    note,
    "nginx -t (optional)",
    "systemctl reload nginx",
    "# wait until nginx has taken the change",
  ]);
});

test.run();
