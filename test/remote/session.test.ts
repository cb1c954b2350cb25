import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RemoteError, SessionLostError } from "../../lib/errors.ts";
import { shell, write } from "../../lib/model/command.ts";
import { Secret } from "../../lib/model/secret.ts";
import type { Line } from "../../lib/model/shell.ts";
import { rawLine, sh } from "../../lib/model/shell.ts";
import { ConnectFailure } from "../../lib/remote/connect-failure.ts";
import type { Session } from "../../lib/remote/session.ts";
import { installFakeSsh, open, rejection, withSession } from "./support/fake-ssh.ts";

let uninstall = (): void => {};
test.before(() => {
  uninstall = installFakeSsh();
});
test.after(() => uninstall());

/** Runs lines of shell; gives back what was heard: `#0:` where the first begins, then its output. */
async function run(session: Session, ...lines: readonly (Line | string)[]): Promise<string> {
  let heard = "";
  const commands = lines.map((line, index) => shell(`#${index}`, typeof line === "string" ? rawLine(line) : line));
  await session.run(commands, false, {
    started: (command) => (heard += command.kind === "shell" ? `${command.title}:` : ""),
    output: (_, text) => (heard += text),
  });
  return heard;
}

test("a session opens, runs commands in order, streams their output, and closes", async () => {
  await withSession("h1", async (session) => {
    assert.is(await session.ready, "");
    assert.is(await run(session, "echo a; echo b", "echo c >&2"), "#0:a\nb\n#1:c\n");
    assert.is(await run(session, "true"), "#0:");
  });
});

test("what the login shell prints before the first command is told apart", async () => {
  await withSession("noisy", async (session) => {
    assert.is(await session.ready, "Welcome!\n50 %");
    assert.is(await run(session, "echo a"), "#0:a\n");
  });
});

test("a banner of sshd is no noise", async () => {
  await withSession("chatty", async (session) => assert.is(await session.ready, ""));
});

test("output comes as it is made, not at the end", async () => {
  await withSession("h1", async (session) => {
    let first = 0;
    const output = (): number => (first ||= Date.now());
    await session.run([shell("x", rawLine("echo a; sleep 0.3; echo b"))], false, { output });
    assert.ok(Date.now() - first > 200);
  });
});

test("commands run in a C locale, with the admin's programs on PATH, and files are readable for all", async () => {
  await withSession("h1", async (session) => {
    const line = 'echo "$LC_ALL"; umask; case ":$PATH:" in *:/usr/sbin:*) echo sbin ;; esac';
    assert.is(await run(session, line), "#0:C\n0022\nsbin\n");
  });
});

test("a failed command is a RemoteError with its line, secrets masked, its status and its output", async () => {
  await withSession("h1", async (session) => {
    const line = sh`echo to ${new Secret("hush")} >/dev/null; echo no database; exit 3`;
    const error = await rejection(run(session, "echo before", line, "echo after"));
    assert.instance(error, RemoteError);
    const { message, host, line: shown, status, output } = error as RemoteError;
    assert.equal(
      { message, host, shown, status, output },
      {
        message: "h1: #1 failed with status 3",
        host: "h1",
        shown: "echo to [secret] >/dev/null; echo no database; exit 3",
        status: 3,
        output: "no database\n",
      },
    );
    assert.is(await run(session, "echo goes on"), "#0:goes on\n");
  });
});

test("a file that cannot be written is told by its path", async () => {
  await withSession("h1", async (session) => {
    const error = await rejection(session.run([write("/proc/nowhere/x", rawLine("a"))], false));
    assert.is((error as RemoteError).message, "h1: writing /proc/nowhere/x failed with status 1");
  });
});

test("a command that may fail is told when it does, and the rest runs", async () => {
  await withSession("h1", async (session) => {
    let heard = "";
    const commands = [shell("try", rawLine("echo no; false"), { mayFail: true }), shell("go", rawLine("echo on"))];
    await session.run(commands, false, {
      missed: (command, output) => (heard += `${command.kind === "shell" ? command.title : ""}: ${output}`),
      output: (_, text) => (heard += text),
    });
    assert.is(heard, "no\ntry: no\non\n");
  });
});

test("scripts that are given at once run one after the other", async () => {
  await withSession("h1", async (session) => {
    const results = await Promise.all([
      run(session, "sleep 0.1; echo a"),
      run(session, "echo b"),
      session.evaluate("echo c"),
    ]);
    assert.equal(results, ["#0:a\n", "#0:b\n", "c\n"]);
  });
});

test("an evaluation runs in the session's own shell, whose variables stay", async () => {
  await withSession("h1", async (session) => {
    assert.is(await session.evaluate("x=1; printf %s a"), "a");
    assert.is(await session.evaluate('printf %s "$x"'), "1");
  });
});

test("nothing to run needs no round trip", async () => {
  await withSession("h1", async (session) => assert.is(await run(session), ""));
});

test("a connection that is not let in fails with ssh's own words", async () => {
  const error = await rejection(open("denied").ready);
  assert.instance(error, ConnectFailure);
  const { host, stderr, status } = error as ConnectFailure;
  assert.equal(
    { host, stderr, status },
    { host: "denied", stderr: "deploy@denied: Permission denied (publickey).\n", status: 255 },
  );
});

test("a host without bash ends with status 127", async () => {
  assert.is(((await rejection(open("bashless").ready)) as ConnectFailure).status, 127);
});

test("a host that never answers is given up after the limit", async () => {
  const began = Date.now();
  const error = await rejection(open("silent", 200).ready);
  assert.match((error as ConnectFailure).stderr, "bgdeploy: no answer within 0.2 s");
  assert.ok(Date.now() - began < 20_000);
});

test("a connection that is lost in the middle fails what runs, and what is yet to run", async () => {
  const session = open("h1");
  await session.ready;
  const [first, second] = [run(session, "echo a; kill -9 $$"), run(session, "echo b")].map((each) => rejection(each));
  const errors = [await first, await second];
  assert.ok(errors.every((error) => error instanceof SessionLostError));
  assert.is((errors[0] as Error).message, "h1: the connection was lost (ssh ended with status null)");
  assert.instance(await rejection(run(session, "echo c")), SessionLostError);
  await session.close();
});

test("an end without our closing word is a loss, even with status 0", async () => {
  const session = open("h1");
  await session.ready;
  assert.instance(await rejection(session.evaluate("exit 0")), SessionLostError);
});

test("a killed session ends at once", async () => {
  const session = open("h1");
  await session.ready;
  const running = rejection(run(session, "sleep 1"));
  await wait(100);
  session.kill();
  assert.instance(await running, SessionLostError);
});

test("what is sent ahead runs in order, and not behind what failed", async () => {
  const session = open("h1");
  await session.ready;
  const heard: string[] = [];
  const ahead = { stop: "/nonexistent/interrupt" };
  const send = (line: string, early: boolean): Promise<unknown> =>
    session
      .run([shell("x", rawLine(line))], false, { output: (_, text) => heard.push(text) }, early ? ahead : undefined)
      .catch((error: unknown) => (error instanceof RemoteError ? `status ${error.status}` : error));
  const ends = await Promise.all([
    send("echo a", false),
    send("echo b", true),
    send("exit 3", true),
    send("echo c", true),
  ]);
  assert.equal(ends, ["done", "done", "status 3", "skipped"]);
  assert.is(await send("echo d", false), "done");
  assert.is(heard.join(""), "a\nb\nd\n");
  await session.close();
});

test("a greeting is evaluated with the connection, by the session's own shell", async () => {
  const session = open("h1", undefined, "bg_kept=1; echo hello; printf '<%s end>' forged");
  assert.is((await session.greeted).trim(), "hello\n<forged end>");
  assert.is((await session.evaluate("echo $bg_kept")).trim(), "1");
  await session.close();
});

test("from a host that is far away nobody in a hurry waits for the farewell, and the host hears all that was said", async () => {
  const session = open("h1");
  await session.greeted;
  assert.is(session.isSlow(), false);
  await session.evaluate("sleep 0.05");
  assert.is(session.isSlow(), true);
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  const path = join(directory, "heard");
  const unheard = rejection(session.evaluate(`sleep 1; touch ${path}`));
  await session.close(true);
  assert.instance(await unheard, SessionLostError);
  assert.not.ok(existsSync(path));
  for (let tries = 0; tries < 200 && !existsSync(path); tries += 1) await wait(50);
  assert.ok(existsSync(path));
  rmSync(directory, { recursive: true });
});

test("closing twice, or after a loss, is harmless", async () => {
  const session = open("h1");
  await session.ready;
  await Promise.all([session.close(), session.close()]);
  await session.close();
});

test("a session that is closed runs nothing more", async () => {
  const session = open("h1");
  await session.ready;
  await session.close();
  assert.instance(await rejection(run(session, "true")), SessionLostError);
});

test.run();
