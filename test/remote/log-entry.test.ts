import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeLayout } from "../../lib/model/layout.ts";
import { parseLogEntry } from "../../lib/remote/log-entry.ts";
import { logText } from "../../lib/remote/log-text.ts";

const line = (fields: object): string =>
  JSON.stringify({ __CURSOR: "s=1;i=2", __REALTIME_TIMESTAMP: "1747094400123456", ...fields });
const entry = { host: "h1", time: 1_747_094_400_123_456, variant: undefined, text: "", cursor: "s=1;i=2" };

for (const [name, fields, expected] of [
  ["what the app prints", { MESSAGE: "up", _SYSTEMD_UNIT: "shop@blue.service" }, { variant: "blue", text: "up" }],
  [
    "what systemd says of it",
    { MESSAGE: "Started", _SYSTEMD_UNIT: "init.scope", UNIT: "shop@green.service" },
    { variant: "green", text: "Started" },
  ],
  ["a core dump", { MESSAGE: "dumped", COREDUMP_UNIT: "shop@blue.service" }, { variant: "blue", text: "dumped" }],
  ["bytes that are no UTF-8", { MESSAGE: [98, 97, 100, 32, 255] }, { text: "bad \uFFFD" }],
  ["an escape sequence, whose bytes come as a list", { MESSAGE: [27, 91, 50, 74] }, { text: "\u001B[2J" }],
  ["a field that was given twice", { MESSAGE: ["one", [116, 119, 111]] }, { text: "one\ntwo" }],
  ["several lines", { MESSAGE: "a\nb" }, { text: "a\nb" }],
  ["no message", { MESSAGE: null }, {}],
] as const) {
  test(`an entry: ${name}`, () => assert.equal(parseLogEntry("h1", line(fields)), { ...entry, ...expected }));
}

for (const text of ["", "Welcome to h1!", "{", "null", "[]", '"text"', "{}", '{"__REALTIME_TIMESTAMP":"soon"}']) {
  test(`no entry: ${JSON.stringify(text)}`, () => assert.is(parseLogEntry("h1", text), undefined));
}

const layout = makeLayout("shop", "/opt/shop");
const both = { variants: ["blue", "green"], since: undefined, lines: undefined, follow: false } as const;
const fixed =
  "--quiet --no-pager --all --output=json --output-fields=MESSAGE,_SYSTEMD_UNIT,UNIT,OBJECT_SYSTEMD_UNIT,COREDUMP_UNIT";
for (const [part, words] of [
  [{ ...both, lines: 100 }, "--unit=shop@blue.service --unit=shop@green.service --lines=100"],
  [{ ...both, variants: ["green"], since: 600 } as const, "--unit=shop@green.service --since=-600s"],
  [
    { ...both, lines: 100, since: 60, follow: true, after: "s=1;i=2" },
    "--unit=shop@blue.service --unit=shop@green.service --follow '--after-cursor=s=1;i=2' --no-tail",
  ],
  [{ ...both, follow: true }, "--unit=shop@blue.service --unit=shop@green.service --follow --no-tail"],
] as const) {
  test(`journalctl is asked for ${words}`, () =>
    assert.ok(logText(layout, part).endsWith(`; exec journalctl ${fixed} ${words}`), logText(layout, part)));
}

test.run();
