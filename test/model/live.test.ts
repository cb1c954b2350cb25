import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LiveState, Repair } from "../../lib/model/live.ts";
import { liveState } from "../../lib/model/live.ts";
import type { Variant } from "../../lib/model/variant.ts";
import type { FactsOptions } from "../support/target.ts";
import { aUnit, someFacts } from "../support/target.ts";

const ports = { blue: 8001, green: 8002 };

/** What the file says, the two units, what was recorded; and what is made of it. */
type Row = readonly [file: string, blue: string, green: string, recorded: string, made: string];

/** DESIGN.md section 4, each row for both colours. */
const table: readonly Row[] = [
  ["blue", "active", "inactive", "blue", "blue live"],
  ["green", "inactive", "active", "green", "green live"],
  ["blue", "active", "failed", "blue", "blue live"],
  ["blue", "active", "inactive", "green", "blue live: prove-reload, record"],
  ["blue", "active", "active", "green", "blue live: prove-reload, record"],
  ["blue", "active", "inactive", "none", "blue live: prove-reload, record"],
  ["blue", "active", "active", "none", "blue live: prove-reload, record"],
  ["green", "active", "active", "blue", "green live: prove-reload, record"],
  ["blue", "active", "active", "blue", "blue live: prove-reload"],
  ["green", "active", "active", "green", "green live: prove-reload"],
  ["blue", "inactive", "active", "blue", "green live: repoint, prove-reload, record"],
  ["blue", "inactive", "active", "green", "green live: repoint, prove-reload, record"],
  ["blue", "failed", "active", "none", "green live: repoint, prove-reload, record"],
  ["green", "active", "inactive", "green", "blue live: repoint, prove-reload, record"],
  ["blue", "inactive", "inactive", "blue", "blue down"],
  ["blue", "failed", "inactive", "green", "blue down"],
  ["green", "inactive", "failed", "green", "green down"],
  ["blue", "activating", "inactive", "blue", "blue down"],
  ["blue", "deactivating", "activating", "blue", "blue down"],
  ["blue", "inactive", "inactive", "none", "first"],
  ["green", "inactive", "inactive", "none", "first"],
  ["nothing", "inactive", "inactive", "none", "first"],
  ["another port", "inactive", "inactive", "none", "first"],
  ["nothing", "active", "inactive", "blue", "unclear"],
  ["nothing", "inactive", "inactive", "blue", "unclear"],
  ["another port", "active", "inactive", "blue", "unclear"],
  ["two servers", "active", "active", "blue", "unclear"],
  ["garbage", "active", "inactive", "none", "unclear"],
  ["blue's socket", "active", "inactive", "blue", "blue live"],
  ["green's socket", "active", "active", "blue", "green live: prove-reload, record"],
  ["a socket of another", "active", "inactive", "blue", "unclear"],
  ["a socket and a port", "active", "active", "blue", "unclear"],
  ["blue", "active", "inactive", "purple", "blue live: prove-reload, record"],
];

const files: Readonly<Record<string, string | undefined>> = {
  nothing: undefined,
  blue: "server 127.0.0.1:8001;\n",
  green: "server 127.0.0.1:8002;\n",
  "another port": "server 127.0.0.1:9000;\n",
  "two servers": "server 127.0.0.1:8001;\nserver 127.0.0.1:8002;\n",
  garbage: "hello",
  "blue's socket": "server unix:/run/shop/blue/app.sock;\n",
  "green's socket": "server unix:/run/shop/green/app.sock;\n",
  "a socket of another": "server unix:/tmp/green/app.sock;\n",
  "a socket and a port": "server unix:/run/shop/blue/app.sock;\nserver 127.0.0.1:8001;\n",
};

for (const [file, blue, green, recorded, made] of table) {
  test(`the file says ${file}, blue is ${blue}, green ${green}, recorded is ${recorded}: ${made}`, () => {
    const state = stateOf({
      files: { backend: files[file], variant: recorded === "none" ? undefined : recorded },
      units: { blue: aUnit(blue), green: aUnit(green) },
    });
    assert.is(inWords(state), made);
  });
}

test("a `current` that a crash left on the idle release is put back", () => {
  const links = { current: "2025_05_13T00_00_00-v1.1", green: "2025_05_01T00_00_00-v1.0" };
  assert.equal(stateOf({ live: "green", links }), { kind: "live", live: "green", idle: "blue", repairs: ["record"] });
});

test("the idle variant is always the other one, and a first deploy goes into blue", () => {
  assert.equal(stateOf({ live: "green" }), { kind: "live", live: "green", idle: "blue", repairs: [] });
  assert.equal(stateOf({ live: "green", units: { green: aUnit("failed") } }), {
    kind: "down",
    live: "green",
    idle: "blue",
  });
  assert.equal(stateOf({}), { kind: "first", idle: "blue" });
});

test("what is unclear is said with all that was read", () => {
  assert.equal(stateOf({ live: "blue", files: { backend: 'server "x";\n' } }), {
    kind: "unclear",
    problem:
      'cannot tell which variant is live: backend.conf says "server \\"x\\";", blue is active, green is inactive, the last recorded is blue',
  });
  assert.equal(stateOf({ live: "blue", files: { backend: undefined } }), {
    kind: "unclear",
    problem:
      "cannot tell which variant is live: backend.conf is missing, blue is active, green is inactive, the last recorded is blue",
  });
});

const texts: readonly (readonly [string, string])[] = [
  ["server 127.0.0.1:8001;", "blue live"],
  ["    server 127.0.0.1:8001 ;\n", "blue live"],
  ["# server 127.0.0.1:8002;\nserver 127.0.0.1:8001;\n", "blue live"],
  ["server localhost:8001;\n", "blue live"],
  ["server [::1]:8001;\n", "blue live"],
  ["server 127.0.0.1:8001; # ours\n", "blue live"],
];

for (const [backend, made] of texts) {
  test(`${JSON.stringify(backend)} names blue`, () =>
    assert.is(inWords(stateOf({ live: "blue", files: { backend } })), made));
}

test("a first deploy that died before any file was written is still the first", () => {
  const units = { blue: aUnit("active") };
  assert.is(inWords(stateOf({ units })), "first");
});

test("in instant mode the flag says which variant, whatever the backend file says", () => {
  const instant = (liveGreen: boolean, live: Variant): string =>
    inWords(
      stateOf({ live, nginx: { includesFlag: true }, files: { liveGreen, backend: "server 127.0.0.1:9000;\n" } }),
    );
  assert.is(instant(false, "blue"), "blue live");
  assert.is(instant(true, "green"), "green live");
  assert.is(instant(false, "green"), "green live: repoint, prove-reload, record");
});

test("ports that the config has swapped since do not turn the variants around", () => {
  const facts = someFacts({ live: "blue", environmentPorts: { blue: 8001, green: 8002 } });
  assert.is(inWords(liveState(facts, { blue: 8002, green: 8001 })), "blue live");
});

test("a port that the host gives to green is green's, also where blue has never had one", () => {
  const facts = someFacts({ live: "green", environmentPorts: { blue: undefined, green: 8002 } });
  assert.is(inWords(liveState(facts, { blue: 8002, green: 8001 })), "green live");
});

test("a host that the ancestor deployed to is taken over: its file and variant say the same", () => {
  const backend = "server 127.0.0.1:8002;";
  const facts: FactsOptions = { files: { backend, backends: "", variant: "green" }, units: { green: aUnit("active") } };
  assert.is(inWords(stateOf(facts)), "green live");
});

function stateOf(options: FactsOptions): LiveState {
  return liveState(someFacts(options), ports);
}

function inWords(state: LiveState): string {
  switch (state.kind) {
    case "live":
      return `${state.live} live${listed(state.repairs)}`;
    case "down":
      return `${state.live satisfies Variant} down`;
    case "first":
    case "unclear":
      return state.kind;
  }
}

function listed(repairs: readonly Repair[]): string {
  return repairs.length === 0 ? "" : `: ${repairs.join(", ")}`;
}

test.run();
