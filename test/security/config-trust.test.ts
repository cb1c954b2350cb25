import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Ended } from "../support/bgdeploy.ts";
import { bgdeploy } from "../support/bgdeploy.ts";

// Only root can put files of another user there.
const asRoot = (title: string, run: () => Promise<void>): void =>
  process.getuid?.() === 0 ? test(title, run) : test.skip(title);

const mallory = 65_534;

/** A directory as `/tmp`, which all can write; ours below it; and a file that is there once the attacker's code has run. */
class Place {
  readonly top = mkdtempSync(join(tmpdir(), "bgdeploy-trust-"));
  readonly shared = join(this.top, "shared");
  readonly ours = join(this.shared, "ours");
  readonly mark = join(this.top, "was-run");

  constructor() {
    chmodSync(this.top, 0o755);
    mkdirSync(this.ours, { recursive: true });
    chmodSync(this.shared, 0o1777);
  }

  get code(): string {
    return `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(this.mark)}, "");\n`;
  }

  /** Below `shared`; a directory that is not there yet is made, with the same owner. */
  write(path: string, text: string, uid = 0, mode = 0o644): string {
    const file = join(this.shared, path);
    if (!existsSync(dirname(file))) {
      mkdirSync(dirname(file), { recursive: true });
      chownSync(dirname(file), uid, uid);
    }
    writeFileSync(file, text);
    chmodSync(file, mode);
    chownSync(file, uid, uid);
    return file;
  }

  link(to: string, path: string, uid = 0): void {
    symlinkSync(to, join(this.shared, path));
    lchownSync(join(this.shared, path), uid, uid);
  }
}

function config(more = ""): string {
  return `export default { ${more} stages: { production: { hosts: ["127.0.0.1"] } } };\n`;
}

/** What the attacker plants, and what is said of it. */
const attacks: readonly (readonly [title: string, plant: (at: Place) => void, said: string])[] = [
  [
    "a config above the directory",
    (at) => void at.write("deploy.config.ts", at.code + config(), mallory),
    "DIR/deploy.config.ts is not run: DIR/deploy.config.ts belongs to nobody",
  ],
  [
    "a config that every user can write",
    (at) => void at.write("ours/deploy.config.ts", at.code + config(), 0, 0o666),
    "DIR/ours/deploy.config.ts is not run: every user can write DIR/ours/deploy.config.ts",
  ],
  [
    "a config that a group with other members can write",
    (at) => chownSync(at.write("ours/deploy.config.ts", at.code + config(), 0, 0o664), 0, 33),
    "DIR/ours/deploy.config.ts is not run: the group www-data can write DIR/ours/deploy.config.ts",
  ],
  [
    "a config in a directory that every user can write",
    (at) => void at.write("deploy.config.ts", at.code + config()),
    "DIR/deploy.config.ts is not run: every user can write DIR",
  ],
  [
    "a link of ours to a config of theirs",
    (at) => at.link(at.write("theirs/evil.ts", at.code + config(), mallory), "ours/deploy.config.ts"),
    "DIR/ours/deploy.config.ts is not run: DIR/theirs/evil.ts belongs to nobody",
  ],
  [
    "a link of theirs to an old config of ours",
    (at) => at.link(at.write("ours/old.ts", at.code + config()), "deploy.config.ts", mallory),
    "DIR/deploy.config.ts is not run: every user can write DIR",
  ],
  [
    "a file beside our config, which it imports",
    (at) => {
      at.write("ours/tasks.ts", at.code, mallory);
      at.write("ours/deploy.config.ts", `import "./tasks.ts";\n${config()}`);
    },
    "deploy.config.ts: DIR/ours/tasks.ts is not run: DIR/ours/tasks.ts belongs to nobody",
  ],
  [
    "a package above, which a file that our config imports asks for",
    (at) => {
      at.write("node_modules/left-pad/index.js", at.code, mallory);
      at.write("node_modules/left-pad/package.json", '{ "type": "module", "main": "index.js" }', mallory);
      at.write("ours/tasks.ts", 'import "left-pad";\n');
      at.write("ours/deploy.config.ts", `import "./tasks.ts";\n${config()}`);
    },
    "deploy.config.ts: DIR/node_modules/left-pad/index.js is not run: DIR/node_modules/left-pad/index.js belongs to nobody",
  ],
  [
    "what cosmiconfig runs by itself",
    (at) => void at.write("ours/.config/config.js", `${at.code}export default {};\n`, mallory),
    "DIR/ours/.config/config.js is not read: DIR/ours/.config/config.js belongs to nobody",
  ],
  [
    "what cosmiconfig imports by itself",
    (at) => {
      const evil = at.write("theirs/evil.mjs", `${at.code}export default {};\n`, mallory);
      at.write("ours/package.json", JSON.stringify({ cosmiconfig: { $import: evil } }), mallory);
    },
    "DIR/ours/package.json is not read: DIR/ours/package.json belongs to nobody",
  ],
  [
    "the ssh_config of our config",
    (at) => {
      at.write("ours/infra/ssh_config", `Host *\n  ProxyCommand touch ${at.mark}\n`, mallory);
      at.write("ours/deploy.config.ts", config('sshConfig: "infra/ssh_config",'));
    },
    "sshConfig: DIR/ours/infra/ssh_config is not used: DIR/ours/infra/ssh_config belongs to nobody. To fix: sudo chown root DIR/ours/infra/ssh_config",
  ],
  [
    "a script of our config",
    (at) => {
      at.write("ours/migrate.sh", "true\n", 0, 0o777);
      at.write("ours/deploy.config.ts", config('pre: "migrate.sh",'));
    },
    "pre: DIR/ours/migrate.sh is not used: every user can write DIR/ours/migrate.sh. To fix: chmod o-w DIR/ours/migrate.sh",
  ],
];

async function typed(at: Place, ...words: readonly string[]): Promise<Ended & { readonly wasRun: boolean }> {
  const run = await bgdeploy(words, { cwd: at.ours });
  return { ...run, stderr: run.stderr.replaceAll(at.shared, "DIR"), wasRun: existsSync(at.mark) };
}

async function atPlace(use: (at: Place) => Promise<void>): Promise<void> {
  const at = new Place();
  try {
    await use(at);
  } finally {
    rmSync(at.top, { recursive: true });
  }
}

for (const [title, plant, said] of attacks) {
  asRoot(`another user's code is not run: ${title}`, () =>
    atPlace(async (at) => {
      plant(at);
      const { code, stderr, wasRun } = await typed(at, "status", "production");
      assert.equal([code, stderr.split("\n")[0], wasRun], [2, `bgdeploy: ${said}`, false]);
    }),
  );

  asRoot(`nor by a completion, which says nothing: ${title}`, () =>
    atPlace(async (at) => {
      plant(at);
      for (const words of [
        ["status", ""],
        ["rollback", "production", "--to", ""],
      ]) {
        const { wasRun, stderr } = await typed(at, "__complete", "--", ...words);
        assert.equal([wasRun, stderr], [false, ""], words.join(" "));
      }
    }),
  );
}

asRoot("what to type is said", () =>
  atPlace(async (at) => {
    at.write("deploy.config.ts", at.code + config(), mallory);
    const { stderr } = await typed(at, "status", "production");
    assert.is(
      stderr.split("\n")[1],
      "bgdeploy: If you trust it, name the config: --config FILE. To fix: sudo chown root DIR/deploy.config.ts",
    );
  }),
);

asRoot("--config names a config, which is then run with all that it imports, but not by a completion", () =>
  atPlace(async (at) => {
    at.write("theirs/tasks.ts", at.code, mallory);
    at.write("theirs/deploy.config.ts", `import "./tasks.ts";\n${config()}`, mallory);
    const named = ["--config", "../theirs/deploy.config.ts"];
    assert.equal((await typed(at, "__complete", "--", "tasks", ...named, "")).wasRun, false);
    const { code, wasRun } = await typed(at, "tasks", "production", ...named);
    assert.equal([code, wasRun], [0, true]);
  }),
);

asRoot("a config of who called sudo is ours, and a group with one member may write", () =>
  atPlace(async (at) => {
    const file = at.write("ours/deploy.config.ts", config(), 0, 0o664);
    assert.is((await typed(at, "tasks", "production")).code, 0);
    chownSync(file, mallory, 0);
    const sudo = { SUDO_UID: String(mallory) };
    assert.is((await bgdeploy(["tasks", "production"], { cwd: at.ours, env: sudo })).code, 0);
    assert.is((await typed(at, "tasks", "production")).code, 2);
  }),
);

test.run();
