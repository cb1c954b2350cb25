import { readFileSync, readdirSync, statSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { link, shell, sudo, titleOf, write } from "../../lib/model/command.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { Secret } from "../../lib/model/secret.ts";
import type { Line } from "../../lib/model/shell.ts";
import { rawLine, sh } from "../../lib/model/shell.ts";
import type { HostCommand } from "../../lib/model/command.ts";
import type { Call } from "../../lib/remote/script.ts";
import { callsOf, scriptCall, scriptFile, scriptText } from "../../lib/remote/script.ts";
import { bash, withDirectory } from "./support/bash.ts";

const word = "bg0123";

function call(raw: string, options: Partial<Call> = {}): Call {
  return { line: rawLine(raw), mayFail: false, apart: true, ...options };
}

/** What a script of these lines prints; a `?` before a line lets it fail. Marks without the word. */
async function run(...lines: readonly string[]): Promise<string> {
  const calls = lines.map((raw) => call(raw.replace(/^\?/, ""), { mayFail: raw.startsWith("?") }));
  const { output } = await bash(scriptText(calls, word));
  return output.replaceAll(`<${word} `, "<");
}

test("commands run in order, each between its marks", async () => {
  assert.is(await run("echo a", "echo b"), "<start 0>a\n<done 0 0><start 1>b\n<done 1 0><end>");
});

test("after the first failure nothing runs, and its status is told", async () => {
  assert.is(await run("echo a", "exit 3", "echo c"), "<start 0>a\n<done 0 0><start 1><done 1 3><end>");
});

test("a command that may fail does not end the script", async () => {
  assert.is(await run("?false", "echo b"), "<start 0><done 0 1><start 1>b\n<done 1 0><end>");
});

test("no command eats the script: they read nothing", async () => {
  assert.is(await run("cat; echo read", "echo b"), "<start 0>read\n<done 0 0><start 1>b\n<done 1 0><end>");
});

test("each command has a shell of its own: variables, directory, options and traps stay there", async () => {
  assert.is(
    await run("x=1; cd /; set -eu; umask 077; trap 'exit 9' EXIT; exec 2>/dev/null; exit 0", '?echo "[$x]$-"; umask'),
    "<start 0><done 0 9><end>",
  );
  assert.is(
    await run("x=1; cd /; set -u; umask 077; f() { :; }", 'echo "[$x]"; umask; type -t f || true'),
    "<start 0><done 0 0><start 1>[]\n0022\n<done 1 0><end>",
  );
});

test("a script that is sent ahead does nothing behind one that failed, and says so", async () => {
  const ahead = { stop: "/nonexistent/interrupt" };
  const [fails, works] = ["exit 3", "echo b"].map((raw) => [call(raw)]);
  const scripts = [
    scriptText(fails ?? [], word),
    scriptText(works ?? [], word, ahead),
    scriptText(works ?? [], word, ahead),
    scriptText(works ?? [], word),
    scriptText(works ?? [], word, ahead),
    scriptText(works ?? [], word, { stop: "/proc" }),
    scriptText(works ?? [], word, ahead),
  ];
  const { output } = await bash(scripts.join("\n"));
  const done = "<start 0>b\n<done 0 0><end>";
  assert.equal(output.replaceAll(`<${word} `, "<").replaceAll("<end>", "<end>|").split("|"), [
    "<start 0><done 0 3><end>",
    "<skipped><end>",
    "<skipped><end>",
    done,
    done,
    "<skipped><end>",
    "<skipped><end>",
    "",
  ]);
});

for (const broken of ["echo 'a", "if true", "a (", "}", "$(", "done", "<<E", "exit 1 2 3; )"]) {
  test(`a syntax error (${broken}) fails its command, and the session goes on`, async () => {
    const output = await run(broken, "echo b");
    assert.match(output, /^<start 0>[^<]*(<<E)?[^<]*<done 0 [0-9]+><(end|start 1)/);
    assert.match(output, /<end>$/);
  });
}

test("odd characters reach the command as they are", async () => {
  const odd = 'it\'s "a" $HOME `id` \\ \t ä 😀 \r!\n# end';
  assert.is(await run(sh`printf %s ${odd}`.raw), `<start 0>${odd}<done 0 0><end>`);
});

test("a command with a NUL character is refused before anything is sent", () => {
  assert.throws(() => scriptText([call("a\0b")], word), "a shell word cannot hold a NUL character");
});

for (const apart of [true, false]) {
  test(`a command ${apart ? "apart" : "in the session's shell"} does not hold the lock's descriptor, and the session keeps it`, async () => {
    const script = scriptText([call("[ -e /proc/self/fd/9 ] && echo held || echo free", { apart })], word);
    const { output } = await bash(`exec 9</tmp\n${script}\n[ -e /proc/self/fd/9 ] && echo kept`);
    assert.match(output, />free\n[^]*>kept\n/);
  });
}

const texts: readonly (readonly [HostCommand, boolean, string, string?])[] = [
  [shell("greet", sh`echo ${new Secret("hush")}`), false, "echo hush", "echo [secret]"],
  [sudo(["systemctl", "stop", "shop@blue.service"]), false, "sudo -n systemctl stop shop@blue.service"],
  [sudo(["systemctl", "stop", "shop@blue.service"]), true, "systemctl stop shop@blue.service"],
  [sudo(["chown", "-R", "deploy:www-data", "/opt/a b"]), false, "sudo -n chown -R deploy:www-data '/opt/a b'"],
  [sudo(["tee", "/etc/x"], { input: rawLine("a\nb") }), false, "printf %s 'a\nb' | sudo -n tee /etc/x >/dev/null"],
  [
    sudo(["tee", "/etc/x"], { input: sh`k=${new Secret("hush")}` }),
    true,
    "printf %s 'k=hush' | tee /etc/x >/dev/null".replace("'k=hush'", "k=hush"),
    "printf %s 'k=[secret]' | tee /etc/x >/dev/null",
  ],
];

for (const [command, asRoot, raw, shown = raw] of texts) {
  test(`${asRoot ? "root" : "a user"} runs \`${shown}\``, () => assert.equal(only(command, asRoot), { raw, shown }));
}

function only(command: HostCommand, asRoot = false): Line {
  return callsOf([command], asRoot)[0]?.line ?? rawLine("");
}

test("a file is written beside, made durable, renamed; then its directory is made durable", () => {
  assert.is(
    only(write("/opt/shop/variant", rawLine("green\n"))).raw,
    "{ [ -d /opt/shop ] || mkdir -p /opt/shop; } && { [ ! -e /opt/shop/variant.bgdeploy-new ] && [ ! -L /opt/shop/variant.bgdeploy-new ] || rm -f /opt/shop/variant.bgdeploy-new; } && { set -C; printf %s 'green\n' >/opt/shop/variant.bgdeploy-new; bg_status=$?; set +C; [ \"$bg_status\" = 0 ]; } && sync /opt/shop/variant.bgdeploy-new && mv -fT /opt/shop/variant.bgdeploy-new /opt/shop/variant && sync /opt/shop || { rm -f /opt/shop/variant.bgdeploy-new; false; }",
  );
});

test("the secrets of a file are not shown", () => {
  const { shown } = only(write("/x/env", sh`A=${new Secret("hush")}`, "0600"));
  assert.match(shown, "printf %s 'A=[secret]' >");
  assert.not.match(shown, "hush");
});

test("files of any content and name come out the same, with their mode", async () => {
  await withDirectory(async (directory) => {
    const content = `it's %s \\n $x\r\n\t\`id\` ä 😀\n${"0123456789abcdef".repeat(8192)}`;
    for (const [name, mode] of [
      ["plain", "0600"],
      ["a b'c $d", "0644"],
      ["new/deeper/file", "0644"],
    ] as const) {
      const path = `${directory}/${name}`;
      const { output } = await bash(scriptText(callsOf([write(path, rawLine(content), mode)], false), word));
      assert.match(output, "done 0 0");
      assert.ok(readFileSync(path, "utf8") === content);
      assert.is((statSync(path).mode & 0o777).toString(8), mode.slice(1));
    }
  });
});

test("an empty file can be written, and a file that is there is replaced", async () => {
  await withDirectory(async (directory) => {
    for (const content of ["old", ""]) {
      await bash(only(write(`${directory}/x`, rawLine(content))).raw);
      assert.is(readFileSync(`${directory}/x`, "utf8"), content);
    }
  });
});

test("the user's script is a file for its owner alone, run by bash with the variants as words", () => {
  const command = {
    kind: "script",
    file: "scripts/pre.sh",
    path: "/opt/shop/.bgdeploy/hooks/pre.sh",
    words: ["blue", "green"],
  } as const;
  assert.equal(scriptFile(command, "echo hi\n"), write(command.path, rawLine("echo hi\n"), "0600"));
  const call = scriptCall(command, { layout: makeLayout("shop", "/opt/shop"), run: "1" });
  const [{ line } = { line: rawLine("") }] = callsOf([call], false);
  assert.equal([titleOf(call), line.shown], ["scripts/pre.sh", "bash /opt/shop/.bgdeploy/hooks/pre.sh blue green"]);
});

test("a file may never fail; lines of shell are run apart, unless they are simple", () => {
  const may = { mayFail: true };
  const simple = { simple: true };
  const commands = [
    write("/a/b", rawLine("")),
    sudo(["true"], may),
    shell("x", rawLine(""), may),
    shell("y", rawLine(""), simple),
  ];
  const calls = callsOf(commands, false);
  assert.equal(
    calls.map(({ mayFail, apart }) => [mayFail, apart]),
    [
      [false, false],
      [true, false],
      [true, true],
      [false, false],
    ],
  );
});

test("files that follow each other become durable together, with the last of them", () => {
  const [a, b, c] = [write("/d/a", rawLine("A")), link("link it", "/d/e/b", "to"), write("/d/c", rawLine("C"))];
  const [first = "", second, third = "", , alone = ""] = callsOf([a, b, c, shell("x", rawLine("x")), a], false).map(
    ({ line }) => line.raw,
  );
  assert.match(first, "printf %s A >/d/a.bgdeploy-new");
  assert.not.match(first, "mv ");
  assert.is(second, "ln -sfn to /d/e/b.bgdeploy-new || { rm -f /d/a.bgdeploy-new /d/e/b.bgdeploy-new; false; }");
  assert.match(
    third,
    /printf %s C >\/d\/c\.bgdeploy-new.* && sync \/d\/a\.bgdeploy-new \/d\/c\.bgdeploy-new && mv -fT \/d\/a\.bgdeploy-new \/d\/a && mv -fT \/d\/e\/b\.bgdeploy-new \/d\/e\/b && mv -fT \/d\/c\.bgdeploy-new \/d\/c && sync \/d \/d\/e \|\| /,
  );
  assert.match(alone, /sync \/d\/a\.bgdeploy-new && mv -fT \/d\/a\.bgdeploy-new \/d\/a && sync \/d \|\| /);
});

test("of files that follow each other none is in its place, and no part is left, where one cannot be written", async () => {
  await withDirectory(async (directory) => {
    const file = (name: string): HostCommand => write(`${directory}/${name}`, rawLine(name), "0600");
    const { output } = await bash(
      `mkdir ${directory}/c.bgdeploy-new\n${scriptText(callsOf(["a", "b", "c"].map(file), false), word)}\numask; set -o | grep noclobber`,
    );
    assert.match(output, /done 1 0>[^]*done 2 [1-9]/);
    assert.equal(readdirSync(directory), ["c.bgdeploy-new"]);
    // The session's shell is as before.
    assert.match(output, /0022\nnoclobber\s+off/);
  });
});

test("a file that is written twice has what was written last", async () => {
  await withDirectory(async (directory) => {
    const twice = ["one", "two"].map((content) => write(`${directory}/x`, rawLine(content)));
    const { output } = await bash(scriptText(callsOf(twice, false), word));
    assert.match(output, "done 1 0");
    assert.is(readFileSync(`${directory}/x`, "utf8"), "two");
  });
});

test.run();
