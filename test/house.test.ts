import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readImports } from "./runner/imports.ts";

// `a` allows the room a, `type a` only its types. Every import of a source file must be allowed by its room.
const rooms: Readonly<Record<string, readonly string[]>> = {
  model: ["model"],
  plan: ["plan", "model", "errors"],
  config: ["config", "model", "errors", "node"],
  remote: ["remote", "model", "errors", "node", "host"],
  run: ["run", "plan", "model", "errors", "type remote", "host"],
  doctor: ["doctor", "plan", "model", "errors"],
  report: ["report", "type run", "type doctor", "plan", "model", "errors", "node"],
  cli: [
    "cli",
    "config",
    "model",
    "plan",
    "doctor",
    "remote",
    "run",
    "report",
    "errors",
    "recipes",
    "node",
    "package.json",
  ],
  errors: [],
  index: ["config", "model"],
  recipes: ["recipes", "index", "host"],
  host: ["host", "node"],
  bin: ["cli"],
};

// One package, one door: replacing it is a change in one file.
const doors: Readonly<Record<string, readonly string[]>> = {
  cosmiconfig: ["lib/config/load.ts"],
  "ssh-config": ["lib/config/hosts.ts"],
  "zx/core": ["lib/remote/dollar.ts", "type lib/model/hook.ts"],
  listr2: ["lib/run/list.ts"],
  mri: ["lib/cli/argv.ts"],
};

const root = join(import.meta.dirname, "..");
const sources = filesUnder("lib", "recipes", "host", "bin").map((path) => ({
  path,
  text: readFileSync(join(root, path), "utf8"),
}));
const imports = sources.flatMap(({ path, text }) => readImports(text).map((each) => ({ path, ...each })));

test("each room imports only what it may", () => {
  const broken = imports
    .filter(({ from }) => from.startsWith(".") || from.startsWith("node:"))
    .map(({ path, from, isType }) => {
      const to = from.startsWith("node:") ? "node" : roomOf(normalize(join(dirname(path), from)));
      return { line: `${path} imports ${isType ? "types of " : ""}${from}`, room: roomOf(path), to, isType };
    })
    .filter(({ room, to, isType }) => !isAllowed(rooms[room] ?? [], to, isType));
  assert.equal(lines(broken), []);
});

test("each package has one door", () => {
  const broken = imports
    .filter(({ from }) => !from.startsWith(".") && !from.startsWith("node:"))
    .filter(({ path, from, isType }) => !isAllowed(doors[from] ?? [], path, isType))
    .map(({ path, from }) => ({ line: `${path} imports ${from}` }));
  assert.equal(lines(broken), []);
});

test("every dependency is used, through its door", () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const used = new Set(imports.filter(({ isType }) => !isType).map(({ from }) => from.split("/")[0]));
  assert.equal(
    Object.keys(dependencies).filter((name) => !used.has(name)),
    [],
  );
});

// Not rooms of the program, but kept like them.
const tools = filesUnder("bench").map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

test("the bench imports only Node, itself and the lab", () => {
  const broken = tools.flatMap(({ path, text }) =>
    readImports(text)
      .filter(({ from }) => !from.startsWith("node:"))
      .filter(({ from }) => !/^(bench|test\/lab)\//.test(normalize(join(dirname(path), from))))
      .map(({ from }) => `${path} imports ${from}`),
  );
  assert.equal(broken, []);
});

test("no source file has more than 250 lines", () => {
  const long = [...sources, ...tools]
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > 250);
  assert.equal(long, []);
});

// Who waits by the time of day waits wrongly when that is set. What is listed here waits for nothing by it.
test("no wait on a host goes by the time of day", () => {
  const allowed: Readonly<Record<string, RegExp>> = {
    // The names of variables that an environment may not set.
    "host/environment.sh": /EPOCH\*|\bSECONDS\b/g,
    // A name for what is put aside.
    "host/ground.sh": /\$\(date \+%s\)/g,
    // How often progress is said.
    "host/download-fetch.sh": /\bSECONDS\b/g,
  };
  const broken = sources
    .filter(({ path, text }) => /\bEPOCH|\bSECONDS\b(?!`)|date \+/.test(text.replaceAll(allowed[path] ?? /$^/g, "")))
    .map(({ path }) => path);
  assert.equal(broken, []);
});

// uvu passes silently where nothing calls run(), and runs nothing else where only() is left in.
test("every test file runs all its tests", () => {
  const silent = filesUnder("test", "examples")
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => {
      const text = readFileSync(join(root, path), "utf8");
      return !/^\w+\.run\(\);$/m.test(text) || /^\s*\w+\.only\(/m.test(text);
    });
  assert.equal(silent, []);
});

test("imports are read as they are", () => {
  const source = [
    'import { a } from "./a.ts";',
    'import type { B } from "./b.ts";',
    'import { type C, type D } from "./c.ts";',
    'import {\n  type E,\n  f,\n} from "./e.ts";',
    'export { g } from "./g.ts";',
    'import "./h.ts";',
    'const i = async () => (await import("./i.ts")).i;',
    '  import { no } from "./in-a-text.ts";',
  ].join("\n");
  assert.equal(
    readImports(source).map(({ from, isType }) => `${from}${isType ? " type" : ""}`),
    ["./a.ts", "./b.ts type", "./c.ts type", "./e.ts", "./g.ts", "./h.ts", "./i.ts"],
  );
});

test.run();

function filesUnder(...directories: readonly string[]): readonly string[] {
  return directories.flatMap((directory) =>
    readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|sh)$/.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
      .map((name) => `${directory}/${name}`)
      .toSorted(),
  );
}

/** `lib/run/undo.ts` is in the room run, `lib/errors.ts` in errors, `recipes/nginx.ts` in recipes. */
function roomOf(path: string): string {
  const [top = "", room = ""] = path.split("/");
  return top === "lib" ? room.replace(/\.ts$/, "") : top;
}

function isAllowed(list: readonly string[], name: string, isType: boolean): boolean {
  return list.includes(name) || (isType && list.includes(`type ${name}`));
}

function lines(broken: readonly { readonly line: string }[]): readonly string[] {
  return broken.map(({ line }) => line);
}
