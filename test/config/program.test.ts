import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDist } from "../../lib/config/dist.ts";
import { sentenceOf } from "../../lib/model/problem.ts";

/** What is said of a build with this program, and the CPU that it is for. */
async function read(content: string | Buffer | { readonly link: string }): Promise<readonly (string | undefined)[]> {
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-program-"));
  try {
    const path = join(directory, "bin/shop");
    mkdirSync(join(directory, "bin"));
    writeFileSync(join(directory, "bin/other"), "");
    if (typeof content === "object" && "link" in content) symlinkSync(content.link, path);
    else {
      writeFileSync(path, typeof content === "string" ? content.replaceAll("$DIST", directory) : content);
      chmodSync(path, 0o755);
    }
    const { dist, problems } = await readDist({
      dist: directory,
      exec: { name: "shop", flags: [], user: "shop" },
    });
    return [...problems.map((each) => sentenceOf(each).replaceAll(directory, "DIST")), dist.cpu];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function elf(machine: number, order: "little" | "big" = "little"): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.write("\u007FELF\u0002", "latin1");
  bytes[5] = order === "little" ? 1 : 2;
  if (order === "little") bytes.writeUInt16LE(machine, 18);
  else bytes.writeUInt16BE(machine, 18);
  return bytes;
}

const fine: Readonly<Record<string, readonly [string | Buffer, string?]>> = {
  "a script of node by env": ['#!/usr/bin/env node\nimport "../main.js";\n'],
  "one with a blank and an argument": ["#! /usr/bin/env -S node --enable-source-maps\n"],
  "one of sh without a last newline": ["#!/bin/sh"],
  "one that writes some CRs": ["#!/bin/sh\ncat <<END\nHTTP/1.1 200 OK\r\n\r\nEND\nexec serve\n"],
  "one of node with the lines of Windows behind the first": ["#!/usr/bin/env node\nx();\r\ny();\r\n"],
  "a zip that python runs": [Buffer.from("#!/usr/bin/python3\nPK\u0003\u0004\r\r\r\u0000", "latin1")],
  "a program for x86": [elf(62), "x86_64"],
  "a program for ARM": [elf(183), "aarch64"],
  "a program for POWER": [elf(21), "ppc64le"],
  "a program for big POWER": [elf(21, "big"), "ppc64"],
  "a program for a CPU of tomorrow": [elf(999)],
};

for (const [name, [content, cpu]] of Object.entries(fine)) {
  test(`${name} is taken`, async () => {
    assert.equal(await read(content), [cpu]);
  });
}

const noProgram =
  'dist: DIST/bin/shop is neither a Linux program nor a script with a first line such as #!/usr/bin/env node: the host could not start it ("Exec format error")';
const windows =
  "dist: DIST/bin/shop has Windows line endings (CR LF), which Linux reads as part of each line. Prevent them with a .gitattributes that contains \"* text=auto eol=lf\". To fix this file: perl -pi -e 's/\\r$//' DIST/bin/shop";

const refused: Readonly<Record<string, readonly [string | Buffer | { readonly link: string }, string]>> = {
  "an empty file": ["", noProgram],
  "a script without its first line": ["exec node main.js\n", noProgram],
  "an archive": [Buffer.from("PK\u0003\u0004"), noProgram],
  "a first line with a CR": ["#!/usr/bin/env node\r\nmain();\r\n", windows],
  "a shell's script with CRs behind the first line": ["#!/usr/bin/env bash\nset -eu\r\nexec serve\r\n", windows],
  "a byte order mark": [
    "\u{FEFF}#!/bin/sh\n",
    "dist: DIST/bin/shop begins with a byte order mark, so Linux does not see its #!. Save it as UTF-8 without one",
  ],
  "a #! alone": ["#!\nx\n", "dist: DIST/bin/shop names no program after its #!, so the host cannot start it"],
  "an interpreter in the build": [
    "#!$DIST/venv/bin/python\n",
    "dist: DIST/bin/shop starts with #!DIST/venv/bin/python, which exists only on this machine. Use #!/usr/bin/env python, or build it on Linux",
  ],
  "an interpreter of a Mac": [
    "#!/opt/homebrew/bin/ruby\n",
    "dist: DIST/bin/shop starts with #!/opt/homebrew/bin/ruby, which exists only on this machine. Use #!/usr/bin/env ruby, or build it on Linux",
  ],
  "a program of a Mac": [
    Buffer.from("cffaedfe0c000001", "hex"),
    "dist: DIST/bin/shop is a program for macOS. Build it for Linux",
  ],
  "a program for two CPUs of a Mac": [
    Buffer.from("cafebabe00000002", "hex"),
    "dist: DIST/bin/shop is a program for macOS. Build it for Linux",
  ],
  "a program of Windows": ["MZ\u0090", "dist: DIST/bin/shop is a program for Windows. Build it for Linux"],
  "a link that leads nowhere": [
    { link: "../lib/shop.js" },
    "dist: DIST/bin/shop is a symlink to ../lib/shop.js, which does not exist",
  ],
};

for (const [name, [content, problem]] of Object.entries(refused)) {
  test(`${name} is refused before anything is sent`, async () => {
    assert.equal(await read(content), [problem, undefined]);
  });
}

test.run();
