import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeLayout } from "../../lib/model/layout.ts";
import { maintenance, maintenancePageText, maintenanceText, vhostText } from "../../recipes/index.ts";
import type { FactsOptions } from "../support/target.ts";
import { aTarget, anApp } from "../support/target.ts";
import { linesOf, undoOf } from "./support/lines.ts";

const layout = makeLayout("shop", "/opt/shop");
const kept = (path: string, what: string): string => {
  const to = `/opt/shop/.bgdeploy/maintenance.${what}.kept`;
  return `{ [ ! -e ${to} ] && [ ! -e ${to}.none ] || rm -f ${to} ${to}.none; } && if [ -e ${path} ]; then cp -p ${path} ${to}.bgdeploy-new && mv -fT ${to}.bgdeploy-new ${to}; else : >${to}.none; fi`;
};
const back = (path: string, what: string): string => {
  const from = `/opt/shop/.bgdeploy/maintenance.${what}.kept`;
  return `if [ -L ${from} ]; then echo ${from}" is a symlink: it is not put back"; false; elif [ ${from} -ef ${path} ]; then rm -f ${from}; elif [ -e ${from} ]; then mv -fT ${from} ${path}; elif [ -e ${from}.none ]; then rm -f ${path} ${from}.none; fi`;
};
const undone = [back("/opt/shop/maintenance.html", "page"), back("/opt/shop/.bgdeploy/maintenance.json", "note")];

test("on writes a page that all may read, and who did it; its undo puts back what was there", () => {
  const on = maintenance.on({ message: "until 15:00", note: "{}" });
  const size = maintenancePageText("until 15:00").length;
  assert.equal(linesOf(on, aTarget({ live: "blue" })), [
    kept("/opt/shop/maintenance.html", "page"),
    kept("/opt/shop/.bgdeploy/maintenance.json", "note"),
    "write /opt/shop/.bgdeploy/maintenance.json (0600, 3 bytes)",
    `write /opt/shop/maintenance.html (0644, ${size} bytes)`,
  ]);
  assert.equal(undoOf(on, aTarget({ live: "blue" })), undone);
});

test("off removes the page; where there is none it does nothing", () => {
  const off = maintenance.off();
  assert.equal(linesOf(off, aTarget({ live: "blue" })), []);
  const closed = aTarget({ live: "blue", facts: { maintenance: { on: true, note: undefined } } });
  assert.equal(linesOf(off, closed).slice(2), [
    "rm -f /opt/shop/maintenance.html && sync /opt/shop",
    "rm -f /opt/shop/.bgdeploy/maintenance.json",
  ]);
  assert.equal(undoOf(off, closed), undone);
});

test("whatever the message holds is shown as text", () => {
  const page = maintenancePageText(`<script>alert("1")</script> & it's 'so'\nline 2`);
  const shown = /<p>(.*)<\/p>/s.exec(page)?.[1];
  assert.is(shown, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; it&#39;s &#39;so&#39;\nline 2");
});

test("both sites have the lines, once, and braces that are even", () => {
  const lines = maintenanceText(layout);
  for (const mode of ["reload", "instant"] as const) {
    const text = vhostText(anApp(), layout, mode);
    assert.is(text.split(lines).length, 2, mode);
    assert.is(text.match(/open_file_cache/g)?.length, 1, mode);
  }
  assert.is(lines.split("{").length, lines.split("}").length);
});

const refusal = (facts: FactsOptions): string | undefined => maintenance.on().refuse(aTarget({ live: "blue", facts }));

test("a site that would not show the page is refused, with what to do", () => {
  const missing = refusal({ nginx: { maintenanceBlock: "missing" }, files: { vhost: "server {}" } }) ?? "";
  const [sentence = "", ...lines] = missing.split("\n\n");
  assert.is(
    sentence,
    "its nginx site does not check for /opt/shop/maintenance.html. Add these lines once to the `server` block of /etc/nginx/sites-available/shop.conf, then sudo nginx -t && sudo systemctl reload nginx",
  );
  assert.is(lines.join("\n\n"), maintenanceText(layout));
  assert.match(
    refusal({ nginx: { maintenanceBlock: "missing" } }) ?? "",
    "the site that includes /opt/shop/backend.conf",
  );
  assert.match(
    refusal({ nginx: { maintenanceBlock: "unloaded" } }) ?? "",
    "Reload it: sudo nginx -t && sudo systemctl",
  );
  assert.match(refusal({ nginx: { blindTo: "/opt/shop" } }) ?? "", "chmod o+x /opt/shop");
  assert.match(refusal({ hasState: false }) ?? "", "bgdeploy setup <stage>");
});

test("a configuration that cannot be read is no reason to refuse; and to open a site nothing is", () => {
  assert.is(refusal({ nginx: { maintenanceBlock: "unknown" } }), undefined);
  assert.is(refusal({}), undefined);
  assert.is(maintenance.off().refuse(aTarget({ facts: { nginx: { maintenanceBlock: "missing" } } })), undefined);
});

test.run();
