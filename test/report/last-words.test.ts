import { test } from "uvu";
import * as assert from "uvu/assert";
import { causeOf, chosenLines, lastWordsOf } from "../../lib/report/last-words.ts";

const unit = "shop@green.service";
const because = (app: string, systemd = ""): string | undefined =>
  causeOf({ unit, app: app.split("\n"), systemd: systemd.split("\n").filter((line) => line !== ""), hints: [] });
const exited = (status: string): string =>
  `${unit}: Main process exited, code=exited, status=${status}\n${unit}: Failed with result 'exit-code'.`;

const stack = Array.from(
  { length: 8 },
  (_, index) => `    at Module.load${index} (node:internal/modules:${index}:1)`,
).join("\n");
const cases: readonly (readonly [name: string, cause: string | undefined, app: string, systemd?: string])[] = [
  [
    "a command before the app that hangs",
    "a command of ExecStartPre did not end within TimeoutStartSec",
    "migrating",
    `${unit}: start-pre operation timed out. Terminating.\n${unit}: Failed with result 'timeout'.`,
  ],
  [
    "Node",
    "missing DATABASE_URL",
    `/opt/shop/app.js:3\n  throw new Error("missing DATABASE_URL");\n  ^\n\nError: missing DATABASE_URL\n${stack}\n\nNode.js v22.18.0`,
    exited("1/FAILURE"),
  ],
  [
    "Node, another error",
    "TypeError: shop.listen is not a function",
    `TypeError: shop.listen is not a function\n${stack}`,
  ],
  [
    "Node, a port that is taken",
    "listen EADDRINUSE: address already in use 127.0.0.1:8002",
    `node:events:497\n      throw er; // Unhandled 'error' event\n      ^\n\nError: listen EADDRINUSE: address already in use 127.0.0.1:8002\n${stack} {\n  code: 'EADDRINUSE',`,
  ],
  [
    "Node, a module that is missing",
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'pg' imported from /opt/shop/app.js",
    `Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'pg' imported from /opt/shop/app.js\n${stack}`,
  ],
  [
    "Python",
    "KeyError: 'DATABASE_URL'",
    "Traceback (most recent call last):\n  File \"/opt/shop/app.py\", line 3, in <module>\n    url = os.environ['DATABASE_URL']\n          ~~~~~~~~~~^^^^^^^^^^^^^^^^\nKeyError: 'DATABASE_URL'",
    exited("1/FAILURE"),
  ],
  [
    "Python, one that came of another",
    "shop.errors.SetupError: no database",
    "Traceback (most recent call last):\nKeyError: 'X'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\"\nshop.errors.SetupError: no database",
  ],
  [
    "Go",
    "missing DATABASE_URL",
    "panic: missing DATABASE_URL\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:7 +0x2c",
    exited("2/INVALIDARGUMENT"),
  ],
  [
    "Rust",
    "called `Option::unwrap()` on a `None` value",
    "thread 'main' panicked at src/main.rs:4:10:\ncalled `Option::unwrap()` on a `None` value\nnote: run with `RUST_BACKTRACE=1`",
  ],
  [
    "Ruby",
    'key not found: "DATABASE_URL" (KeyError)',
    "app.rb:3:in `fetch': key not found: \"DATABASE_URL\" (KeyError)\n\tfrom app.rb:3:in `<main>'",
  ],
  [
    "Java",
    "java.lang.IllegalStateException: no database",
    'Exception in thread "main" java.lang.IllegalStateException: no database\n\tat shop.Main.main(Main.java:3)',
  ],
  [
    "one line and a status",
    "it exited with status 78: shop: DATABASE_URL is not set",
    "shop: DATABASE_URL is not set",
    exited("78/CONFIG"),
  ],
  [
    "out of memory",
    "it ran out of memory (killed by the kernel's OOM killer)",
    "listening",
    `${unit}: A process of this unit has been killed by the OOM killer.\n${unit}: Main process exited, code=killed, status=9/KILL\n${unit}: Failed with result 'oom-kill'.`,
  ],
  ["killed", "it was killed by SIGSEGV", "listening", `${unit}: Main process exited, code=dumped, status=11/SEGV`],
  [
    "an interpreter that is missing",
    "systemd could not start its program: Failed to execute /opt/shop/versions/current-green/bin/shop: No such file or directory. Is it there, and the interpreter in its first line?",
    `${unit}: Failed to execute /opt/shop/versions/current-green/bin/shop: No such file or directory`,
    exited("203/EXEC"),
  ],
  [
    "a directory that is missing",
    "systemd could not prepare it (200/CHDIR)",
    `${unit}: Changing to the requested working directory failed: No such file or directory`,
    exited("200/CHDIR"),
  ],
  [
    "exit 0 at once",
    "it exited at once, with status 0. A service must stay in the foreground",
    "usage: shop serve",
    `${unit}: Main process exited, code=exited, status=0/SUCCESS`,
  ],
  ["nothing that is known", undefined, "listening"],
];

for (const [name, cause, app, systemd] of cases)
  test(`the cause in words: ${name}`, () => {
    assert.is(because(app, systemd), cause);
  });

test("of a long log the last lines are shown, and with them the one that says why", () => {
  const log = [
    "starting",
    "Error: missing DATABASE_URL",
    ...Array.from({ length: 30 }, (_, index) => `    at frame ${index}`),
    "Node.js v22",
  ];
  const shown = chosenLines(log);
  assert.equal(
    [shown.length, shown[0], shown[8], shown.at(-1)],
    [20, "Error: missing DATABASE_URL", "… 13 more lines", "Node.js v22"],
  );
  const quiet = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  assert.equal(chosenLines(quiet), quiet.slice(10));
  assert.equal(chosenLines(quiet.slice(0, 20)), quiet.slice(0, 20));
});

test("what the host prints is told apart: the app's words, systemd's, hints", () => {
  assert.equal(
    lastWordsOf([`The last lines of ${unit}:`, "no database", "systemd says:", `${unit}: Failed`, "Hint: The sandbox"]),
    {
      unit,
      app: ["no database"],
      systemd: [`${unit}: Failed`],
      hints: ["The sandbox"],
    },
  );
  assert.is(lastWordsOf(["nothing listens"]), undefined);
});

test.run();
