import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../lib/errors.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import type { AcquireOptions } from "../../lib/remote/acquire.ts";
import { acquire, acquireRest } from "../../lib/remote/acquire.ts";
import type { Holder } from "../../lib/remote/lock.ts";
import { lockText, unlockText } from "../../lib/remote/lock.ts";
import type { Session } from "../../lib/remote/session.ts";
import type { Survey } from "../../lib/remote/survey.ts";
import { withDirectory } from "../remote/support/bash.ts";
import { installFakeSsh, withSession } from "../remote/support/fake-ssh.ts";
import { aTarget } from "../support/target.ts";

let uninstall = (): void => {};
test.before(() => {
  uninstall = installFakeSsh();
});
test.after(() => uninstall());

const holder: Holder = { who: "ada", from: "laptop", since: "today", release: "v2", run: "2", phase: "acquiring" };

function options(run: string, more: Partial<AcquireOptions> = {}): AcquireOptions {
  return {
    holder: { ...holder, run },
    randomWord: () => "word",
    now: () => Date.now(),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    patience: 0,
    waiting: () => {},
    interrupted: new AbortController().signal,
    ...more,
  };
}

/** A host that had nothing to lock when it was read. */
function absent(session: Session, directory: string): Survey {
  const { app, facts } = aTarget({});
  const layout = makeLayout("shop", directory);
  return {
    place: { connected: { session, channel: [], noise: "", standby: undefined, room: () => undefined }, app, layout },
    facts,
    lock: { kind: "absent" },
  };
}

/** Another run, "2", holds the second of two new hosts while it looks for more; what comes of run `run`? */
async function collide(run: string, more: Partial<AcquireOptions> = {}): Promise<string> {
  let end = "";
  await withDirectory((directory) =>
    withSession("h1", (one) =>
      withSession("h2", (two) =>
        withSession("h2", async (other) => {
          const surveys = [absent(one, `${directory}/h1`), absent(two, `${directory}/h2`)];
          const layout = makeLayout("shop", `${directory}/h2`);
          await other.evaluate(lockText(layout, holder, { user: undefined, group: "root", writable: false }));
          const acquired = acquireRest(surveys, options(run, more)).then(
            () => "held",
            (error: unknown) => (error instanceof UserError ? `exit ${error.exitCode}` : String(error)),
          );
          const first = await Promise.race([acquired, options(run).wait(500, options(run).interrupted)]);
          await other.evaluate(unlockText(layout));
          end = `${first ?? "waits"}, then ${await acquired}`;
        }),
      ),
    ),
  );
  return end;
}

test("of two first runs that collide the one with the lower id keeps what it has and waits for the other to give way", async () => {
  assert.is(await collide("1"), "waits, then held");
});

test("the one with the higher id gives way at once", async () => {
  assert.is(await collide("3"), "exit 4, then exit 4");
});

test("an interrupt ends that wait", async () => {
  assert.is(await collide("1", { interrupted: AbortSignal.abort() }), "exit 130, then exit 130");
});

for (const old of ["absent", "refused"] as const) {
  test(`a host that was ${old} while others were still connected to is asked again`, async () => {
    await withDirectory((directory) =>
      withSession("h1", async (session) => {
        const layout = makeLayout("shop", directory);
        // Meanwhile another first run made what it needs here, kept something for its undo, and ended.
        await session.evaluate(
          `mkdir -p ${layout.versions} ${layout.state}/{releases,hooks} && echo old >${layout.state}/environment.before`,
        );
        const seen = absent(session, directory);
        const lock = old === "absent" ? seen.lock : { kind: old, holder: { ...holder, run: "9", phase: "running" } };
        const first = Promise.resolve([{ ...seen, ...(lock && { lock }) }]);
        const [found] = await acquire([seen.place], options("1", { first }));
        assert.is(found?.lock?.kind, "held");
        assert.is(found?.facts.hasState, true);
        const kept = (): Promise<string> => session.evaluate(`ls ${layout.state}/*.before 2>/dev/null`);
        assert.match(await kept(), "environment.before", "nothing is touched before it is known what is to be done");
        await acquireRest(found === undefined ? [] : [found], options("1"));
        assert.is(await kept(), "", "what it kept is gone");
      }),
    );
  });
}

test.run();
