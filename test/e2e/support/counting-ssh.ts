import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/*
 * Stands in for the ssh of a session: calls the real one and writes down what goes through. Its arguments: the log, the
 * name to log as, the real ssh, and ssh's own. Answers reach the client late, so that a script sent before the answer to
 * the one before is told from one that had to wait for it, also on a machine that is busy.
 */
const [log = "", host = "", ssh = "", ...words] = process.argv.slice(2);
const child = spawn(ssh, words, { stdio: ["pipe", "pipe", "inherit"] });
child.on("exit", (code) => (process.exitCode = code ?? 255));
// The real ssh ignores these, as its parent has told it; Node does not inherit that.
for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => undefined);

// What stands before a NUL is the length of the script that follows, in bytes; nothing is a sign of life.
let begun = "";
process.stdin.on("data", (bytes: Buffer) => {
  child.stdin.write(bytes);
  begun += bytes.toString("latin1");
  for (let end = begun.indexOf("\0"); end !== -1; end = begun.indexOf("\0")) {
    const length = Number(begun.slice(0, end));
    if (begun.length < end + 1 + length) break;
    if (end > 0) note("script");
    begun = begun.slice(end + 1 + length);
  }
});
process.stdin.on("end", () => child.stdin.end());
child.stdin.on("error", () => undefined);

let earlier = Promise.resolve();
let said = "";
child.stdout.on("data", (bytes: Buffer) => {
  const late = wait(400);
  earlier = earlier.then(async () => {
    await late;
    // A mark that says that a script has ended.
    const parts = (said + bytes.toString("latin1")).split(/<bg[0-9a-f]+ end>/);
    said = parts.pop()?.slice(-100) ?? "";
    for (const _ of parts) note("answer");
    process.stdout.write(bytes);
  });
});

function note(kind: "script" | "answer"): void {
  appendFileSync(log, `${host} ${kind}\n`);
}
