import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Layout } from "../../lib/model/layout.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { quote } from "../../lib/model/shell.ts";
import type { Keeper } from "../../lib/remote/ground.ts";
import { takeGround } from "../../lib/remote/ground.ts";
import { bash, withDirectory } from "./support/bash.ts";

// Only root can give files to others, and be attacked by their owners.
const asRoot = (title: string, run: () => Promise<void>): void =>
  process.getuid?.() === 0 ? test(title, run) : test.skip(title);

/** A user that no account of this machine has. */
const app = 4321;
const release = "2025_05_01T00_00_00-v1.0";
const keeper: Keeper = { user: undefined, group: "root", writable: false };

/** A destination with a release and the files of a deploy, all of them the app's. */
async function withApp(use: (layout: Layout) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    chmodSync(directory, 0o755);
    const layout = makeLayout("shop", `${directory}/shop`);
    mkdirSync(`${layout.release(release)}/bin`, { recursive: true });
    mkdirSync(`${layout.state}/releases`, { recursive: true });
    mkdirSync(`${layout.state}/hooks`);
    writeFileSync(`${layout.release(release)}/bin/shop`, "");
    writeFileSync(layout.ownBackend, "server 127.0.0.1:8001;\n");
    writeFileSync(layout.variant, "blue\n");
    writeFileSync(layout.environment("blue"), "");
    await bash(`chown -R ${app} ${quote(layout.destination)}`);
    await use(layout);
  });
}

/** The bash text that acts as the app. */
function asApp(text: string): string {
  return `setpriv --reuid=${app} --clear-groups -- bash -c ${quote(text)} 2>/dev/null`;
}

async function take(layout: Layout, before = "", who: Keeper = keeper): Promise<string> {
  const { output } = await bash(`${before}\nif { ${takeGround(layout, who).raw}\n}; then echo sound; fi`);
  return output.trimEnd();
}

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const ownerOf = (path: string): number => lstatSync(path).uid;

asRoot("what the app owned is root's afterwards, and closed", () =>
  withApp(async (layout) => {
    chmodSync(layout.variant, 0o666);
    assert.is(await take(layout), "sound");
    const { output } = await bash(
      `cd ${quote(layout.destination)} && find . -path './.bgdeploy.*' -prune -o '(' ! -user 0 -o ! -type l -perm /022 ')' -print`,
    );
    assert.is(output, "");
  }),
);

asRoot(
  "no name in a release can be changed any more when its modes are changed, by which a link would be followed",
  () =>
    withApp(async (layout) => {
      const place = layout.release(release);
      chmodSync(place, 0o777);
      const attack = asApp(`mkdir ${quote(`${place}/planted`)} ${quote(`${place}/bin/planted`)}`);
      const spied = `chmod() { case $1 in -R) ${attack};; esac; command chmod "$@"; }`;
      assert.is(await take(layout, spied), "sound");
      assert.not.ok(existsSync(`${place}/planted`) || existsSync(`${place}/bin/planted`));
    }),
);

asRoot("a file of root's that others could write is made anew, and closed", () =>
  withApp(async (layout) => {
    assert.is(await take(layout), "sound");
    chmodSync(layout.variant, 0o664);
    const { ino } = statSync(layout.variant);
    assert.is(await take(layout), "sound");
    assert.is(modeOf(layout.variant), "644");
    assert.is.not(statSync(layout.variant).ino, ino);
  }),
);

asRoot("of a backend file the copy is looked at: what the app writes meanwhile does not come into it", () =>
  withApp(async (layout) => {
    const attack = asApp(`echo 'include /etc/shadow;' >${quote(layout.ownBackend)}`);
    const spied = `cp() { case $1 in */backend.conf) ${attack};; esac; command cp "$@"; }`;
    assert.is(await take(layout, spied), `untrusted ${layout.ownBackend}`);
    assert.is(ownerOf(layout.ownBackend), app);
  }),
);

asRoot("a config that names root as the owner has the releases taken over like one that names none", () =>
  withApp(async (layout) => {
    assert.is(await take(layout, "", { ...keeper, user: "root" }), "sound");
    assert.is(ownerOf(`${layout.release(release)}/bin/shop`), 0);
  }),
);

asRoot("a backends.conf that leads nowhere yet is sound", () =>
  withApp(async (layout) => {
    assert.is(await take(layout), "sound");
    symlinkSync("gone.conf", layout.backends);
    assert.is(
      await take(
        layout,
        `rm ${quote(layout.backends)}; ln -s backend.conf ${quote(layout.backends)}; rm ${quote(layout.ownBackend)}`,
      ),
      "sound",
    );
  }),
);

asRoot("a deployer without root closes what their umask left open to their group, files too", () =>
  withApp(async (layout) => {
    for (const path of [layout.destination, layout.versions, layout.state]) chmodSync(path, 0o775);
    for (const path of [layout.variant, layout.ownBackend]) chmodSync(path, 0o664);
    chownSync(layout.state, app, 0);
    const text = `if { ${takeGround(layout, keeper).raw}\n}; then echo sound; fi`;
    assert.is((await bash(asApp(text))).output, "sound\n");
    assert.is(modeOf(layout.variant), "644");
    assert.is(readFileSync(layout.variant, "utf8"), "blue\n");
  }),
);

test.run();
