import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Layout } from "../../lib/model/layout.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import type { Holder } from "../../lib/remote/lock.ts";
import { forgetText, lockText, parseLockAnswer, unlockText } from "../../lib/remote/lock.ts";
import type { Session } from "../../lib/remote/session.ts";
import { shell } from "../../lib/model/command.ts";
import { rawLine } from "../../lib/model/shell.ts";
import { withDirectory } from "./support/bash.ts";
import { installFakeSsh, open, withSession } from "./support/fake-ssh.ts";

let uninstall = (): void => {};
test.before(() => {
  uninstall = installFakeSsh();
});
test.after(() => uninstall());

const holder: Holder = {
  who: "o'brien",
  from: "laptop",
  since: "2025-05-13 00:00:00 UTC",
  release: "v1.1",
  run: "1",
  phase: "running",
};
const keeper = { user: undefined, group: "root", writable: false };
const other: Holder = { ...holder, who: "ada", run: "2" };

/** Asks for the lock in a session, as `survey` does. */
async function ask(
  session: Session,
  layout: Layout,
  who = holder,
  create = true,
): Promise<ReturnType<typeof parseLockAnswer>> {
  return parseLockAnswer(await session.evaluate(lockText(layout, who, create ? keeper : undefined)));
}

test("the first to ask holds the lock; the next one is told who does", async () => {
  await withDirectory((directory) =>
    withSession("h1", (one) =>
      withSession("h1", async (two) => {
        const layout = makeLayout("shop", directory);
        assert.equal(await ask(one, layout), { kind: "held" });
        assert.equal(await ask(two, layout, other), { kind: "refused", holder });
        assert.equal(JSON.parse(readFileSync(layout.lock, "utf8")), holder);
        assert.is((statSync(layout.state).mode & 0o777).toString(8), "700");
      }),
    ),
  );
});

test("a lock that is let go of can be taken by another, while the session goes on", async () => {
  await withDirectory((directory) =>
    withSession("h1", (one) =>
      withSession("h1", async (two) => {
        const layout = makeLayout("shop", directory);
        await ask(one, layout);
        await one.evaluate(unlockText(layout));
        assert.equal(await ask(two, layout, other), { kind: "held" });
        assert.is(await one.evaluate("printf %s alive"), "alive");
      }),
    ),
  );
});

/** What a run keeps for its undo, beside what stays. */
const kept = ["environment.before", "rollback.unit.before.none", "restarts"];
const stays = ["hooks", "journal.ndjson", "releases", "variant.before.x"];

function keep({ state }: Layout, names: readonly string[]): void {
  for (const name of names) writeFileSync(`${state}/${name}`, "");
}

function files({ state }: Layout): readonly string[] {
  return readdirSync(state)
    .filter((name) => !["lock.json", "hold"].includes(name))
    .toSorted();
}

test("with the lock goes what its run kept for its undo; where none is held, nothing does", async () => {
  await withDirectory((directory) =>
    withSession("h1", (one) =>
      withSession("h1", async (two) => {
        const layout = makeLayout("shop", directory);
        await ask(one, layout);
        keep(layout, [...kept, "journal.ndjson", "variant.before.x"]);
        await two.evaluate(unlockText(layout, { forget: true }));
        assert.equal(files(layout), [...kept, ...stays].toSorted());
        assert.ok(existsSync(layout.lock));
        await one.evaluate(unlockText(layout, { forget: true }));
        assert.equal(files(layout), stays);
        assert.not.ok(existsSync(layout.lock));
      }),
    ),
  );
});

test("who lets go without a run leaves what another one has kept: that may yet come back", async () => {
  await withDirectory((directory) =>
    withSession("h1", async (session) => {
      const layout = makeLayout("shop", directory);
      await ask(session, layout);
      keep(layout, [...kept, "journal.ndjson", "variant.before.x"]);
      await session.evaluate(unlockText(layout));
      assert.equal(files(layout), [...kept, ...stays].toSorted());
      assert.not.ok(existsSync(layout.lock));
    }),
  );
});

for (const left of [[], ...kept.map((name) => [name]), kept]) {
  test(`of a run that was cut off ${left.join(", ") || "nothing"} is left to forget`, async () => {
    await withDirectory((directory) =>
      withSession("h1", async (session) => {
        const layout = makeLayout("shop", `${directory}/a place`);
        await ask(session, layout);
        keep(layout, [...left, "journal.ndjson", "variant.before.x"]);
        assert.is(await session.evaluate(forgetText(layout)), "");
        assert.equal(files(layout), stays);
        assert.ok(existsSync(layout.lock));
      }),
    );
  });
}

test("a lock ends with its session, however that ends: it cannot go stale", async () => {
  await withDirectory(async (directory) => {
    const layout = makeLayout("shop", directory);
    const one = open("h1");
    await one.ready;
    await ask(one, layout);
    one.kill();
    await withSession("h1", async (two) => assert.equal(await ask(two, layout, other), { kind: "held" }));
    assert.ok(existsSync(layout.lock));
  });
});

test("a child that a command leaves behind does not hold the lock", async () => {
  await withDirectory(async (directory) => {
    const layout = makeLayout("shop", directory);
    await withSession("h1", async (one) => {
      await ask(one, layout);
      await one.run([shell("x", rawLine("sleep 5 >/dev/null 2>&1 &"))], false);
    });
    await withSession("h1", async (two) => assert.equal(await ask(two, layout, other), { kind: "held" }));
  });
});

test("a host that was never set up stays untouched, until the directories are to be made", async () => {
  await withDirectory((directory) =>
    withSession("h1", async (session) => {
      const layout = makeLayout("shop", `${directory}/new place`);
      assert.equal(await ask(session, layout, holder, false), { kind: "absent" });
      assert.not.ok(existsSync(layout.destination));
      assert.equal(await ask(session, layout, holder, true), { kind: "held" });
      assert.ok(
        [layout.versions, `${layout.state}/releases`, `${layout.state}/hooks`].every((path) => existsSync(path)),
      );
    }),
  );
});

test("where the directories cannot be made, the lock is absent", async () => {
  await withSession("h1", async (session) => {
    assert.equal(await ask(session, makeLayout("shop", "/proc/nowhere"), holder, true), { kind: "absent" });
  });
});

test("a lock that a person set is told with their words, and leaves the other lock free", async () => {
  await withDirectory((directory) =>
    withSession("h1", async (session) => {
      const layout = makeLayout("shop", directory);
      const freeze = { who: "ada", from: "laptop", since: "today", message: "audit" };
      mkdirSync(layout.state);
      writeFileSync(layout.freeze, `${JSON.stringify(freeze)}\n`);
      assert.equal(await ask(session, layout), { kind: "frozen", freeze });
      assert.not.ok(existsSync(layout.lock));
    }),
  );
});

const answers: readonly (readonly [string, ReturnType<typeof parseLockAnswer>])[] = [
  ["held\n", { kind: "held" }],
  ["absent\n", { kind: "absent" }],
  ["mkdir: cannot create directory '/opt/shop': Permission denied\nabsent\n", { kind: "absent" }],
  ['refused\n{"who":"ada"}\n', { kind: "refused", holder: { who: "ada" } }],
  ["refused\n", { kind: "refused", holder: {} }],
  ['refused\n{"who":"a\n', { kind: "refused", holder: {} }],
  ["frozen\n", { kind: "frozen", freeze: {} }],
  [
    'left\nwhat the hook "migrate"\nprocess 7 bash\nprocess 9 held\nprocess 9 held\n{"who":"ada"}\n',
    {
      kind: "refused",
      holder: { who: "ada" },
      left: {
        what: 'the hook "migrate"',
        processes: [
          { pid: 7, name: "bash" },
          { pid: 9, name: "held" },
        ],
      },
    },
  ],
  ["left\nwhat \n", { kind: "refused", holder: {}, left: { what: "something", processes: [] } }],
  ["", { kind: "absent" }],
];

for (const [text, answer] of answers) {
  test(`the answer ${JSON.stringify(text)} is read`, () => assert.equal(parseLockAnswer(text), answer));
}

test.run();
