import { test } from "uvu";
import * as assert from "uvu/assert";
import { auditRows } from "../../lib/report/audit-rows.ts";
import { groupRuns, parseJournal } from "../../lib/run/audit.ts";

const run = {
  at: "2025-05-13 09:00:00 UTC",
  who: "ada",
  from: "laptop",
  action: "run",
  release: "2025_05_13T09_00_00-v2",
  variant: "green",
  end: "live",
};

/** What is listed of the journals of h1, h2, …; without the head, columns apart by one `|`. */
function listed(...journals: readonly (readonly object[])[]): readonly string[] {
  const entries = journals.flatMap((lines, index) =>
    parseJournal(`h${index + 1}`, lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
  );
  const all = journals.map((_, index) => `h${index + 1}`);
  return auditRows(groupRuns(entries), all, { columns: undefined, paint: (_, text) => text })
    .slice(1)
    .map((row) => row.split(/ {2,}/).join("|"));
}

test("a run is one line for all its hosts", () => {
  assert.equal(listed([run], [run]), ["2025-05-13 09:00:00 UTC|ada on laptop|run|v2 (green)|live|h1, h2"]);
});

test("the newest run is first; of one second, the one that was written last", () => {
  const older = { ...run, at: "2025-05-12 09:00:00 UTC", release: "2025_05_12T09_00_00-v1" };
  const rows = listed([older, run, { ...run, action: "rollback" }]);
  assert.equal(
    rows.map((row) => row.split("|").slice(2, 4).join(" ")),
    ["rollback v2 (green)", "run v2 (green)", "run v1 (green)"],
  );
});

test("hosts that differ are each said", () => {
  const [row] = listed([run], [{ ...run, end: "undone" }], [{ ...run, variant: "blue" }]);
  assert.is(
    row,
    "2025-05-13 09:00:00 UTC|ada on laptop|run|v2 (green) on h1, h2; v2 (blue) on h3|live on h1, h3; undone on h2|h1, h2, h3",
  );
});

test("many hosts of one run are put into few words", () => {
  const rows = listed(...Array.from({ length: 30 }, (_, index) => [index === 6 ? { ...run, end: "undone" } : run]));
  assert.equal(rows, [
    "2025-05-13 09:00:00 UTC|ada on laptop|run|v2 (green)|live on all 30 hosts except h7; undone on h7|all 30 hosts",
  ]);
});

test("two people in one second are two runs", () => {
  assert.is(listed([run], [{ ...run, who: "bob" }]).length, 2);
});

test("what is no entry is passed over, and what lacks something is listed all the same", () => {
  const text =
    'no json\n{"at":\nnull\n[]\n{"who":"ada"}\n{"at":"2025-05-13","action":"prune","release":"2 releases"}\n';
  assert.equal(parseJournal("h1", text), [
    {
      host: "h1",
      at: "2025-05-13",
      who: "",
      from: "",
      run: "",
      action: "prune",
      release: "2 releases",
      variant: "",
      end: "",
    },
  ]);
  assert.equal(listed([{ at: "2025-05-13", action: "prune", release: "2 releases" }]), [
    "2025-05-13|?|prune|2 releases|?|h1",
  ]);
});

test("a journal cannot steer the terminal, nor forge a line", () => {
  assert.equal(listed([{ ...run, who: "\u001B[2Jada\nroot", from: "x" }]), [
    "2025-05-13 09:00:00 UTC|ada root on x|run|v2 (green)|live|h1",
  ]);
});

test.run();
