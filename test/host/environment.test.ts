import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseEnvironmentFile } from "../../lib/model/environment-file.ts";
import { environmentFile } from "../../lib/model/environment.ts";
import { environmentSource } from "../../host/environment.ts";
import { hardValues, othersLines } from "../support/environment-lines.ts";
import { withDirectory } from "../remote/support/bash.ts";

/** What a program gets that bash starts behind the reader: names and values, without what bash sets itself. */
async function exported(
  text: string | Buffer,
  env: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  return await withDirectory((directory) => {
    const file = join(directory, "environment");
    writeFileSync(file, text);
    const script = `${environmentSource}\nbg_environment "$1" || exit; exec env -0`;
    const { stdout, stderr, status } = spawnSync("bash", ["--noprofile", "--norc", "-c", script, "bash", file], {
      env: { PATH: process.env["PATH"], ...env },
      cwd: directory,
      maxBuffer: 64 * 1024 * 1024,
    });
    assert.is(`${stderr.toString()}${status}`, "0");
    assert.equal(readdirSync(directory), ["environment"]);
    const entries = stdout
      .toString()
      .split("\0")
      .slice(0, -1)
      .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)] as const);
    return Promise.resolve(
      Object.fromEntries(
        entries.filter(([name]) => !["PATH", "PWD", "SHLVL", "_", "OLDPWD", ...Object.keys(env)].includes(name)),
      ),
    );
  });
}

const same = async (text: string): Promise<void> => {
  assert.equal(await exported(text), Object.fromEntries(parseEnvironmentFile(text)), JSON.stringify(text));
};

test("what bgdeploy writes is exported, whatever it holds", async () => {
  assert.equal(await exported(environmentFile(hardValues).raw), hardValues);
  assert.equal(await exported(environmentFile(hardValues).raw, { LC_ALL: "C.UTF-8" }), hardValues);
});

test("nothing of a value or of a name is executed", async () => {
  const text = [
    "A=$(touch pwned)",
    'B="`touch pwned`"',
    "C='x'; touch pwned",
    "D[$(touch pwned)]=1",
    "touch pwned",
    "E=a[$(touch pwned)]",
    "export F=1",
    "G+=2",
    "RANDOM=a[$(touch pwned)]",
    "SECONDS=a[$(touch pwned)]",
    "LINENO=a[$(touch pwned)]",
    "OPTIND=a[$(touch pwned)]",
    "HISTCMD=a[$(touch pwned)]",
    "BASH_ENV=$(touch pwned)",
    "UID=0",
    "IFS=x",
    "bg_pairs=(a[$(touch pwned)])",
    "bg_i=a[$(touch pwned)]",
    "PS4=$(touch pwned)",
    "PROMPT_COMMAND=touch pwned",
  ].join("\n");
  assert.equal(await exported(text), {
    A: "$(touch pwned)",
    B: "`touch pwned`",
    C: "x; touch pwned",
    E: "a[$(touch pwned)]",
    bg_pairs: "(a[$(touch pwned)])",
    bg_i: "a[$(touch pwned)]",
    PS4: "$(touch pwned)",
    PROMPT_COMMAND: "touch pwned",
  });
});

test("lines of others are read as systemd and parseEnvironmentFile read them", async () => {
  await same(othersLines.join("\n"));
  await same(othersLines.join("\r\n"));
});

test("a value of a name that is none takes its lines with it", async () => {
  const text = '1BAD="x\nINNER=1"\nA=2\nexport B="y\nC=3"\n=D="z\nE=4"\nF=5';
  assert.equal(await exported(text), { A: "2", F: "5" });
  await same(text);
});

test("a carriage return ends a line", async () => {
  assert.equal(await exported('A=1\rB=2\r\nC="x\ry"\r\nD=a\\\rb'), { A: "1", B: "2", C: "x\ry", D: "ab" });
  await same('A=1\rB=2\r\nC="x\ry"\r\nD=a\\\rb');
});

test("a file that ends in the middle is read to its end", async () => {
  for (const text of [
    'A="one\ntwo',
    "A=one\\",
    'A="one\\',
    "A",
    "",
    "A=",
    "=",
    "A='x\n",
    "A=b \\",
    "#",
    "A=1\n#B=2\\\nC=3",
  ])
    await same(text);
});

// Parts of a line are 500 bytes long; with 2 each ends where it hurts.
for (const size of ["500", "2"])
  test(`any mixture of its signs is read as parseEnvironmentFile reads it, by parts of ${size} bytes`, async () => {
    const reader = environmentSource.replaceAll("500", size);
    const signs = [
      "A=",
      "B=",
      "\n",
      "\n",
      "\r",
      " ",
      "\t",
      '"',
      '"',
      "'",
      "\\",
      "\\",
      "$",
      "`",
      "#",
      ";",
      "=",
      "x",
      "yz",
      "ü",
    ];
    let seed = 7;
    const next = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648);
    const texts = Array.from(
      { length: 300 },
      () => `A=${Array.from({ length: 24 }, () => signs[Math.floor(next() / 65_536) % signs.length]).join("")}`,
    );
    await withDirectory((directory) => {
      for (const [index, text] of texts.entries()) writeFileSync(join(directory, `${index}`), text);
      const script = `${reader}\nfor ((n = 0; n < ${texts.length}; n++)); do bg_parse $n; printf '%s\\0' "\${bg_pairs[@]}" ""; printf 'end\\0'; done`;
      const { stdout } = spawnSync("bash", ["--noprofile", "--norc", "-c", script], { cwd: directory });
      const read = stdout.toString().split("\0");
      let at = 0;
      for (const text of texts) {
        const pairs: string[] = [];
        while (read[at] !== "end") pairs.push(read[at++] ?? "");
        at += 1;
        const named = pairs.flatMap((name, index) =>
          index % 2 === 0 && name !== "" ? [[name, pairs[index + 1]] as const] : [],
        );
        assert.equal(Object.fromEntries(named), Object.fromEntries(parseEnvironmentFile(text)), JSON.stringify(text));
      }
      return Promise.resolve();
    });
  });

test.run();
