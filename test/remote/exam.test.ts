import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Exam } from "../../lib/model/exam.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { examText } from "../../lib/remote/exam.ts";
import { parseExam } from "../../lib/remote/exam-answer.ts";
import { anApp, someFacts } from "../support/target.ts";
import { bash, withDirectory } from "./support/bash.ts";

const word = "bgexam0123";
const id = "2025_05_01T00_00_00-v1.0";

/** Looks at this very machine, as if the app stood in a directory. `nginx` answers in nginx's place. */
async function exam(directory: string, nginx = "exit 1"): Promise<Exam> {
  mkdirSync(`${directory}/bin`);
  writeFileSync(`${directory}/bin/nginx`, `#!/bin/sh\n${nginx}\n`);
  chmodSync(`${directory}/bin/nginx`, 0o755);
  const layout = makeLayout("shop", `${directory}/shop`);
  const text = examText(word, layout, someFacts({ sudo: { kind: "none", reason: "" } }), anApp());
  const { output } = await bash(text, { PATH: `${directory}/bin:${process.env["PATH"]}` });
  return parseExam(output, word, layout);
}

test("a host where nothing was deployed has nothing to find", async () => {
  await withDirectory(async (directory) => {
    const { private: files, partials, dangling, dropIns, site, units, exposure } = await exam(directory);
    assert.equal([files, partials, dangling, dropIns, site.includesBackend], [[], [], [], [], false]);
    assert.is(exposure, undefined);
    assert.equal([units.blue.record, units.green.record, units.blue.runs], ["none", "none", undefined]);
  });
});

test("the figure of systemd-analyze is read, whatever its arrow and its smiley", () => {
  const layout = makeLayout("shop", "/opt/shop");
  const read = (line: string): number | undefined => parseExam(`\n${word}=exposure\n${line}\n`, word, layout).exposure;
  assert.equal(
    [
      "→ Overall exposure level for shop@blue.service: 1.6 OK 🙂",
      "-> Overall exposure level for shop@blue.service: 9.2 UNSAFE :-(",
      "Unit shop@blue.service could not be found.",
    ].map(read),
    [1.6, 9.2, undefined],
  );
});

test("from systemd 257 on a unit is stale where its files were written since it was read, not where all units say so", () => {
  const layout = makeLayout("shop", "/opt/shop");
  const stale = (ours: string, others: string, loaded: string, time: string): boolean => {
    const units = `Id=shop@blue.service\nNeedDaemonReload=${ours}\n\nId=systemd-journald.service\nNeedDaemonReload=${others}`;
    const text = `\n${word}=units\n${units}\n\n${word}=loaded\n${loaded}\n\n${word}=unit-times\n${time}\n`;
    return parseExam(text, word, layout).units.blue.isStale;
  };
  const loaded = "t 1796088597218135";
  assert.equal(
    [
      stale("no", "no", loaded, "1796088597.3"),
      stale("yes", "no", loaded, "1796088597.2"),
      stale("yes", "yes", loaded, "1796088597.2180000000"),
      stale("yes", "yes", loaded, "1796088597.2190000000"),
      stale("yes", "yes", "", "1796088597.2"),
    ],
    [false, true, false, true, true],
  );
});

test("cut-off uploads, links that lead nowhere and the modes of files with secrets are read", async () => {
  await withDirectory(async (directory) => {
    const shop = `${directory}/shop`;
    for (const name of [`.${id}.partial`, ".mine.partial", `.${id}.partial\n${directory}`])
      mkdirSync(`${shop}/versions/${name}`, { recursive: true });
    symlinkSync("gone", `${shop}/versions/current-blue`);
    mkdirSync(`${shop}/.bgdeploy/releases`, { recursive: true });
    chmodSync(`${shop}/.bgdeploy`, 0o700);
    for (const [path, mode] of [
      ["environment-blue", 0o644],
      [`.bgdeploy/releases/${id}.env`, 0o600],
    ] as const) {
      writeFileSync(`${shop}/${path}`, "A=1\n");
      chmodSync(`${shop}/${path}`, mode);
    }
    const found = await exam(directory);
    assert.equal(found.partials, [`${shop}/versions/.${id}.partial`]);
    assert.equal(found.dangling, [`${shop}/versions/current-blue`]);
    assert.equal(
      found.private.map(({ path, mode }) => [path.slice(shop.length + 1), mode]),
      [
        ["environment-blue", "644"],
        [".bgdeploy", "700"],
        [`.bgdeploy/releases/${id}.env`, "600"],
      ],
    );
  });
});

for (const [what, files, includes] of [
  [
    "a linked site",
    { "nginx.conf": "http { include sites/*.conf; }", "sites/a.conf": "upstream a { include SHOP/backend.conf; }" },
    true,
  ],
  [
    "the ancestor's name for it",
    { "nginx.conf": 'include "CONF/other";', other: "upstream a {include  SHOP/backends.conf;}" },
    true,
  ],
  ["a comment", { "nginx.conf": "# include SHOP/backend.conf;\nserver_name include.example;" }, false],
  ["a site that is not read", { "nginx.conf": "events {}", "sites/a.conf": "include SHOP/backend.conf;" }, false],
  ["two on one line", { "nginx.conf": "include mime.types; include SHOP/backend.conf; include none;" }, true],
  ["files that include each other", { "nginx.conf": "include other;", other: "include nginx.conf;" }, false],
] as const) {
  test(`nginx's own files are followed: ${what}`, async () => {
    await withDirectory(async (directory) => {
      mkdirSync(`${directory}/conf/sites`, { recursive: true });
      mkdirSync(`${directory}/shop`);
      writeFileSync(`${directory}/shop/backend.conf`, "server 127.0.0.1:8001;\n");
      symlinkSync("backend.conf", `${directory}/shop/backends.conf`);
      for (const [path, text] of Object.entries(files)) {
        const content = text.replaceAll("SHOP", `${directory}/shop`).replaceAll("CONF", `${directory}/conf`);
        writeFileSync(`${directory}/conf/${path}`, `${content}\n`);
      }
      const { site } = await exam(
        directory,
        `echo "configure arguments: --conf-path=${directory}/conf/nginx.conf" >&2`,
      );
      assert.equal(site, { includesBackend: includes, unread: [] });
    });
  });
}

test.run();
