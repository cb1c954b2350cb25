import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeLayout } from "../../lib/model/layout.ts";
import { unanswered } from "../../lib/remote/unanswered.ts";
import { someFacts } from "../support/target.ts";

const word = "bgprobe0123";
const layout = makeLayout("shop", "/opt/shop");

/** What a host answers that can; `undefined` leaves a section out. */
const whole: Readonly<Record<string, string>> = {
  user: "/home/deploy\n/bin/bash\nuid=1000(deploy) gid=1000(deploy) groups=1000(deploy)",
  disk: "1000 4096 500 900",
  places: ["/", "d 755 0 0 2 1746057600", "root", "root", "", ""].join(word),
  releases: "2025_05_01T00_00_00-v1.0/",
  units: "Id=shop@blue.service\nActiveState=active\n\nId=shop@green.service\nActiveState=inactive\n",
  end: "",
};

function missing(more: Readonly<Record<string, string | undefined>>): readonly string[] {
  const sections = Object.entries({ ...whole, ...more }).filter(([, text]) => text !== undefined);
  const text = sections.map(([name, answer]) => `\n${word}=${name}\n${answer}\n`).join("");
  return unanswered(text, word, someFacts(), layout);
}

test("a host that answers all has nothing missing, also before the first release", () => {
  assert.equal(missing({}), []);
  assert.equal(missing({ releases: "" }), []);
});

const rows: readonly (readonly [string, Readonly<Record<string, string | undefined>>, RegExp])[] = [
  ["an answer that ends early", { end: undefined }, /^its bash did not read it to the end/],
  ["an id that fails", { user: "/root\n/bin/bash\n" }, /^`id` does not report/],
  ["a find that prints nothing", { places: "" }, /^its `find` has no -printf/],
  ["a find that does not know a part", { places: whole["places"]?.replace("755", "%m") }, /^its `find` has no/],
  ["a stat that fails", { disk: "" }, /^its `stat -f -c` does not report/],
  ["a systemd that is silent", { units: "" }, /^systemd does not answer/],
  ["a systemd that tells of one variant", { units: "Id=shop@blue.service" }, /^systemd does not answer/],
  ["releases that may not be listed", { releases: "unread" }, /cannot read \/opt\/shop\/versions/],
];

for (const [name, more, says] of rows) {
  test(`${name} is no answer`, () => {
    const [sentence = "", ...others] = missing(more);
    assert.match(sentence, says);
    assert.equal(others, []);
  });
}

test.run();
