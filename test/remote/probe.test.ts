import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, machine, userInfo } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { App } from "../../lib/model/app.ts";
import type { Facts } from "../../lib/model/facts.ts";
import { groundFiles } from "../../lib/model/ground.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { parseProbe } from "../../lib/remote/probe-answer.ts";
import type { ProbeOptions } from "../../lib/remote/probe.ts";
import { elsewhere } from "../../lib/remote/probe-ask.ts";
import { probeShell } from "../../lib/remote/probe-shell.ts";
import { probeText } from "../../lib/remote/probe.ts";
import { surveyText } from "../../lib/remote/survey.ts";
import { anApp } from "../support/target.ts";
import { bash, withDirectory } from "./support/bash.ts";

const word = "bgprobe0123";

/** Reads this very machine, as if the app stood in a directory. */
async function probe(destination: string, more: Partial<App> = {}, options: ProbeOptions = {}): Promise<Facts> {
  const app = anApp({
    ...more,
    destination,
    exec: { name: "shop", flags: [], user: "root" },
    user: "nobody-here",
    group: "root",
  });
  const layout = makeLayout(app.name, destination);
  const { output } = await bash(probeText(word, app, layout, options));
  return parseProbe(output, word, "", layout);
}

test("a place that is not there yet is read, and stays untouched", async () => {
  await withDirectory(async (directory) => {
    const facts = await probe(`${directory}/a/b`);
    assert.equal(
      [facts.destination, facts.parentWritable, facts.hasState, facts.owner],
      ["missing", false, false, undefined],
    );
    assert.equal(facts.links, { current: undefined, blue: undefined, green: undefined });
    assert.equal([facts.files.backend, facts.files.backends, facts.files.variant], [undefined, undefined, undefined]);
    assert.equal([facts.releases, facts.lastJournal], [[], undefined]);
    assert.is(facts.cpu, machine());
    assert.equal(facts.userGroups, ["root"]);
    assert.ok(facts.disk.freeBytes > 0 && facts.disk.freeInodes > 0);
  });
});

// Only root can give a directory away.
const asRoot = (title: string, run: () => Promise<void>): void =>
  process.getuid?.() === 0 ? test(title, run) : test.skip(title);

asRoot(
  "where the destination is a link, its owner is that of where it leads, and both ways to it are looked at",
  async () => {
    await withDirectory(async (directory) => {
      mkdirSync(`${directory}/real`);
      chownSync(`${directory}/real`, 4321, 0);
      symlinkSync(`${directory}/real`, `${directory}/shop`);
      const { owner, ground } = await probe(`${directory}/shop`);
      assert.is(owner?.user, "4321");
      const ours = ground.filter(({ path }) => path.startsWith(`${directory}/`));
      assert.equal(
        ours.map(({ path, kind, isLink, uid }) => [path.slice(directory.length), kind, isLink, uid]),
        [
          ["/shop", "destination", true, 0],
          ["/real", "destination", false, 4321],
        ],
      );
    });
  },
);

test("a pipe or a device in the place of any file of ours is not opened: reading a host ends", async () => {
  await withDirectory(async (directory) => {
    const layout = makeLayout("shop", directory);
    mkdirSync(`${layout.state}/releases`, { recursive: true });
    const record = `${layout.state}/releases/2025_05_01T00_00_00-v1`;
    const files = [
      ...groundFiles(layout),
      layout.journal,
      layout.lock,
      layout.freeze,
      layout.warm,
      layout.maintenanceNote,
      ...[".json", ".env", ".tree", ".service", ".sha256"].map((end) => `${record}${end}`),
    ];
    for (const file of files) execFileSync("mkfifo", [file]);
    const began = performance.now();
    const { files: read } = await probe(directory, {}, { thorough: true });
    for (const file of files) {
      rmSync(file);
      symlinkSync("/dev/zero", file);
    }
    await probe(directory);
    assert.ok(performance.now() - began < 20_000);
    assert.equal([read.backend, read.variant], ["", ""]);
  });
});

test("paths in sudo's rules that are not the program of that name are told", async () => {
  await withDirectory(async (directory) => {
    writeFileSync(`${directory}/tee`, "", { mode: 0o755 });
    mkdirSync(`${directory}/linked`);
    symlinkSync("/usr/bin/tee", `${directory}/linked/tee`);
    const rules = `    (root) NOPASSWD: /usr/bin/tee /a*, ${directory}/tee, !/nowhere/cp, /usr/local/lib/no-such-program-here, ${directory}/linked/tee`;
    const { output } = await bash(
      `exec 2>/dev/null\n${probeShell}\nbg_line='${rules}'\n${elsewhere.raw}\nprintf %s "$bg_answer"`,
    );
    assert.equal(output.trim().split("\n"), [`${directory}/tee`, "/nowhere/cp"]);
  });
});

test("what reads a host leaves nothing in the session's shell, where the run's commands would meet it", async () => {
  await withDirectory(async (directory) => {
    const app = anApp({ destination: directory });
    const text = surveyText({ app, layout: makeLayout("shop", directory) }, { word, holder: undefined });
    // Without a pipe: the shell has its ends for a moment.
    const state = "compgen -v bg_; declare -F; set -- /proc/$$/fd/*; echo $#";
    const { output } = await bash(`${state}\n${text}\nprintf '\\n%s after\\n' ${word}\n${state}`);
    const [before, after] = [output.slice(0, output.indexOf("\n\n")), output.slice(output.indexOf(`${word} after\n`))];
    assert.is(after.trim(), `${word} after\n${before.trim()}`);
  });
});

test("the machine and its user are read", async () => {
  await withDirectory(async (directory) => {
    const facts = await probe(directory);
    const { username, uid } = userInfo();
    assert.equal([facts.user.name, facts.user.uid, facts.hostname], [username, uid, hostname()]);
    assert.ok(Math.abs(facts.clock - Date.now() / 1000) < 60);
    assert.match(facts.tools.bash, /^\d+\.\d+/);
    assert.equal(
      [facts.tools.flock, facts.execUserExists, facts.appUserExists, facts.groupExists],
      [true, true, false, true],
    );
    assert.is(facts.destination, "writable");
    assert.ok(
      ["curl", "tar", "gzip"].every((name) => facts.programs.includes(name)),
      facts.programs.join(),
    );
  });
});

test("files, links, releases and records are read as they are", async () => {
  await withDirectory(async (directory) => {
    const layout = makeLayout("shop", directory);
    const [one, two] = ["2025_05_01T00_00_00-v1.0", "2025_05_02T00_00_00_v0.9"];
    for (const name of [one, two, "lost+found", ".2025_05_03T00_00_00-v2.partial"])
      mkdirSync(`${layout.versions}/${name}`, { recursive: true });
    mkdirSync(`${layout.state}/releases`, { recursive: true });
    writeFileSync(layout.backend, "server 127.0.0.1:8001;\n\n");
    symlinkSync("backend.conf", layout.backends);
    writeFileSync(layout.variant, "blue\n");
    symlinkSync(one, layout.current);
    symlinkSync(`${layout.versions}/${one}`, layout.currentOf("blue"));
    writeFileSync(layout.environment("blue"), 'HOST="x"\nPORT="8001"\n');
    writeFileSync(layout.environment("green"), "PORT=9002\n");
    writeFileSync(layout.record(one).status, `${JSON.stringify({ id: one, status: "live" })}\n`);
    writeFileSync(`${layout.state}/releases/broken.json`, "{\n");
    writeFileSync(layout.journal, '{"a":1}\n{"b":2}\n');
    const facts = await probe(directory);
    assert.equal(
      [facts.files.backend, facts.files.backends, facts.files.variant],
      ["server 127.0.0.1:8001;\n\n", "backend.conf", "blue"],
    );
    assert.equal(facts.links, { current: one, blue: one, green: undefined });
    assert.equal(facts.environmentPorts, { blue: 8001, green: 9002 });
    assert.equal(facts.releases, [
      { id: one, status: "live" },
      { id: two, status: undefined },
    ]);
    assert.equal([facts.hasState, facts.lastJournal], [true, '{"b":2}']);
  });
});

test("the ancestor's regular backends.conf is read as the backend file", async () => {
  await withDirectory(async (directory) => {
    writeFileSync(`${directory}/backends.conf`, "server 127.0.0.1:8002;");
    const { backend, backends } = (await probe(directory)).files;
    assert.equal({ backend, backends }, { backend: "server 127.0.0.1:8002;", backends: "" });
  });
});

test("no content of a file can be taken for an answer", async () => {
  await withDirectory(async (directory) => {
    writeFileSync(`${directory}/backend.conf`, "a\nbgother=variant\nyes\ngreen\n");
    writeFileSync(`${directory}/variant`, "blue");
    const { backend, variant } = (await probe(directory)).files;
    assert.equal({ backend, variant }, { backend: "a\nbgother=variant\nyes\ngreen\n", variant: "blue" });
  });
});

test("who listens on our ports is read, and root is no stranger there", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const find = async (ports: App["ports"]): Promise<Pick<Facts, "listeners" | "strangers">> => {
      const { listeners, strangers } = await probe("/nowhere", { ports });
      return { listeners, strangers };
    };
    const strangers = { blue: undefined, green: undefined };
    assert.equal(await find({ blue: 1, green: port }), { listeners: [{ port, user: userInfo().username }], strangers });
    assert.equal(await find({ blue: 1, green: 2 }), { listeners: [], strangers });
  } finally {
    server.close();
  }
});

test("the whole probe takes a moment", async () => {
  const began = Date.now();
  await probe("/nowhere");
  assert.ok(Date.now() - began < 10_000);
});

test.run();
