import { setTimeout as wait } from "node:timers/promises";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import { ended, succeeded } from "../support/e2e.ts";
import { type Ground, type Mode, type Settings, lostNothing, rounds } from "./ground.ts";
import { type LoadCase, type Tally, late, loads } from "./loads.ts";

/** Deploys that go wrong, or slowly, under load. In `npm test` those that no mode makes a difference to run in one. */
export function addFailures(test: Test, ground: () => Ground, mode: Mode): void {
  if (mode === "reload" || rounds > 1) addModeless(test, ground);
  addSwitched(test, ground);
}

function addModeless(test: Test, ground: () => Ground): void {
  test("an app that needs 3 s to listen gets its traffic then, and nothing is lost", async () => {
    const env = { LINK_SHORTENER_START_DELAY_MS: "3000" };
    const { tallies, version } = await deployed(ground(), { env }, [named("a slow starter", loads.flatOut)], 0);
    assert.match(await ground().served(), version);
    for (const tally of tallies) lostNothing(ground().mode, tally);
  });

  test("a deploy that fails its health check loses nothing", async () => {
    const settings = { env: { LINK_SHORTENER_UNHEALTHY: "true" }, more: health("2s") };
    const { tallies } = await undone(ground(), settings, [named("a failed deploy", loads.flatOut)]);
    for (const tally of tallies) lostNothing(ground().mode, tally);
  });

  test("an app that crashes 1 s after its start gets no traffic", async () => {
    const settings = { env: { LINK_SHORTENER_CRASH_AFTER_MS: "1000" }, settle: "usual" as const, more: health("30s") };
    const { tallies } = await undone(ground(), settings, [named("a crash after 1 s", loads.flatOut)]);
    for (const tally of tallies) lostNothing(ground().mode, tally);
  });

  test("a drain that is over before a download says what holds it, and goes on; an app that stops gracefully ends it", async () => {
    const settings = { drain: "1s", graceful: true };
    const { tallies, version, said } = await deployed(ground(), settings, [named("a drain of 1 s", loads.streams)], 0);
    assert.match(
      said,
      /warning: After 1 s .*connection\(s\) to port 800[12] are still open: a download, a stream or a WebSocket/,
    );
    assert.match(await ground().served(), version);
    for (const tally of tallies) lostNothing(ground().mode, tally);
  });
}

/** With ports and with sockets, by each mode: what is on its way to a variant that is stopped. */
export function addLate(test: Test, ground: () => Ground): void {
  test("an upload that began before the switch is not lost by a stop that takes long, nor is one that began before its undo", async () => {
    await ground().configure({ slowStop: true });
    succeeded(await ground().deploy());
    const { tallies } = await deployed(ground(), { slowStop: true }, [named("a slow stop, uploads", late)], 0);
    for (const tally of tallies) lostNothing(ground().mode, tally);

    const afterSwitch = `task({ name: "app:fail", title: "fail", commands: () => [shell("fail", sh\`sleep 2; exit 1\`)], undo: "not-needed" }),`;
    const back = await undone(ground(), { slowStop: true, afterSwitch }, [named("the same, undone", late)]);
    for (const tally of back.tallies) lostNothing(ground().mode, tally);
  });
}

function addSwitched(test: Test, ground: () => Ground): void {
  test("a switch that is undone loses nothing, neither of the old variant's requests nor of the new one's", async () => {
    // The undo puts the former unit back first: that one, too, shall kill at once.
    await ground().configure();
    succeeded(await ground().deploy());
    const afterSwitch = `task({ name: "app:fail", title: "fail", commands: () => [shell("fail", sh\`sleep 2; exit 1\`)], undo: "not-needed" }),`;
    const { tallies } = await undone(ground(), { afterSwitch }, [
      named("a switch undone, flat out", loads.flatOut),
      named("a switch undone, 1 s responses", loads.slow),
      named("a switch undone, 4 s uploads", loads.uploads),
    ]);
    for (const tally of tallies) lostNothing(ground().mode, tally);
    const [flatOut] = tallies;
    assert.is(flatOut?.versions.size, 2, "the new version answered, too");
  });

  test("an app that crashes while the old connections end: the traffic goes back before the old variant is stopped", async () => {
    // The WebSockets hold the drain until the crash is there.
    const settings = { env: { LINK_SHORTENER_CRASH_AFTER_MS: "1500" }, drain: "4s", graceful: true };
    const flatOut = named("a crash after the switch", loads.flatOut);
    const { tallies } = await undone(ground(), settings, [
      flatOut,
      named("a crash, open WebSockets", loads.webSockets),
    ]);
    const [requests, sockets] = tallies;
    if (requests === undefined || sockets === undefined) throw new TypeError("two loads, two tallies");
    // By reload nginx knows one server only: what the new version should answer while it is down, nobody answers.
    if (ground().mode === "instant") lostNothing("instant", requests);
    lostNothing(ground().mode, sockets);
  });
}

type Outcome = { readonly tallies: readonly Tally[]; readonly version: string; readonly said: string };

async function deployed(ground: Ground, settings: Settings, under: readonly LoadCase[], code: 0 | 1): Promise<Outcome> {
  await ground.configure(settings);
  const { tallies, done } = await ground.under(under, 1, async () => {
    const run = await ground.deploy();
    await wait(1000);
    return run;
  });
  if (code === 0) succeeded(done);
  else ended(done, code);
  return { tallies, version: done.version, said: done.stdout };
}

/** A deploy that ends with 1, and leaves what served before. */
async function undone(ground: Ground, settings: Settings, under: readonly LoadCase[]): Promise<Outcome> {
  const before = await ground.served();
  const outcome = await deployed(ground, settings, under, 1);
  assert.is(await ground.served(), before);
  return outcome;
}

function named(name: string, load: LoadCase): LoadCase {
  return { ...load, name };
}

function health(timeout: string): string {
  return `health: { http: "/healthz", timeout: ${JSON.stringify(timeout)} },`;
}
