import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Diagnosis } from "../../lib/doctor/finding.ts";
import { diagnosis, fine, fixable, limit, warning, wrong } from "../../lib/doctor/finding.ts";
import { here, onHost } from "../../lib/model/problem.ts";
import type { DiagnosisOptions } from "../../lib/report/diagnosis.ts";
import { diagnosisText } from "../../lib/report/diagnosis.ts";

const plain: DiagnosisOptions = {
  verbose: false,
  columns: undefined,
  paint: (_, text) => text,
  ssh: ["ssh", "-F", "my config"],
  flags: [],
  fix: "bgdeploy doctor production --fix",
};
const on = (host: string, ...findings: Diagnosis["findings"]): Diagnosis => diagnosis({ kind: "host", host }, findings);
const local = (...findings: Diagnosis["findings"]): Diagnosis => diagnosis({ kind: "here" }, findings);
const text = (diagnoses: readonly Diagnosis[], options: Partial<DiagnosisOptions> = {}): string =>
  diagnosisText(diagnoses, { ...plain, ...options });

test("where all is well it says so in one line a place", () => {
  const all = [
    local(fine("Node 24")),
    on("h1", fine("a")),
    on("h2", fine("b")),
    diagnosis({ kind: "stage" }, [fine("same")]),
  ];
  assert.is(text(all), "this machine: fine\nh1, h2: fine\n\nNo problems (this machine and 2 hosts checked)\n");
});

test("limits of the way in which hosts are deployed to are said once, and are no trouble", () => {
  const same = limit("deploy equals root");
  assert.is(
    text([local(), on("h1", fine("a"), same), on("h2", same, limit("a port"))]),
    "this machine: fine\nh1, h2: fine\n\nknown limits (docs/security.md)\n  limit    deploy equals root\n  limit    a port (h2)\n\nNo problems (this machine and 2 hosts checked)\n",
  );
});

test("what is fine is shown when it is asked for", () => {
  assert.is(
    text([local(fine("Node 24")), on("h1", fine("a"), wrong("b"))], { verbose: true }),
    "this machine\n  fine     Node 24\n\nh1\n  wrong    b\n  fine     a\n\n1 problem (this machine and 1 host checked)\n",
  );
});

test("hosts of which the same is to be said share a block, and a loop that can be pasted", () => {
  const ill = [
    wrong("no rsync", onHost("sudo apt-get install rsync")),
    warning("no rule", here("bgdeploy setup production --as root")),
  ];
  const unit = warning("differs", onHost("diff /x -", "bgdeploy unit production"));
  assert.is(
    text([local(), on("h1", ...ill), on("h2", ...ill), on("h3", unit)], { flags: ["--config", "my.ts"] }),
    `h1, h2
  wrong    no rsync
             for host in h1 h2; do ssh -F 'my config' -t "$host" 'sudo apt-get install rsync'; done
  warning  no rule
             bgdeploy setup production --as root --only h1 --only h2 --config my.ts

h3
  warning  differs
             bgdeploy unit production --config my.ts | ssh -F 'my config' h3 'diff /x -'

this machine: fine

2 problems, 3 warnings (this machine and 3 hosts checked)
`,
  );
});

test("setup is for all hosts where all of them lack the same", () => {
  const ill = wrong("no user", here("bgdeploy setup production --as root"));
  assert.match(text([on("h1", ill), on("h2", ill)]), "\n             bgdeploy setup production --as root\n");
});

test("what --fix would mend is offered", () => {
  const ill = [fixable(wrong("a")), fixable(warning("b")), warning("c")];
  assert.match(
    text([on("h1", ...ill)]),
    /\n1 problem, 2 warnings \(this machine and 1 host checked\)\nTo fix 2 of them: bgdeploy doctor production --fix\n$/,
  );
  assert.match(text([on("h1", ...ill)], { fix: undefined }), /2 warnings \(this machine and 1 host checked\)\n$/);
});

test("sentences are broken at the width of the terminal; commands never are", () => {
  const ill = wrong(
    "the disk of /opt/shop/versions has 20 MB free",
    onHost("df -h /opt/shop/versions /opt/shop/.bgdeploy"),
  );
  assert.is(
    text([on("h1", ill)], { columns: 36 }),
    `h1
  wrong    the disk of
           /opt/shop/versions has 20
           MB free
             ssh -F 'my config' h1 'df -h /opt/shop/versions /opt/shop/.bgdeploy'

1 problem (this machine and 1 host checked)
`,
  );
});

test("what a host says cannot steer the terminal", () => {
  const printed = text([on("h1", wrong("it says \u001B[2Jhello\u0007\u202E", onHost("cat '\u001B]0;x\u0007'")))]);
  // oxlint-disable-next-line no-control-regex
  assert.not.match(printed, /[\u0007\u001B\u202E]/);
  assert.match(printed, "it says hello");
});

test.run();
