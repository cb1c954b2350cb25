import { RemoteError } from "../../lib/errors.ts";
import type { Event } from "../../lib/run/event.ts";

const title = "wait for health";
export const error = new RemoteError({ host: "prod-02", title, line: "x", status: 1, output: "nope\n" });

/** A run of two hosts, from the first connection to an undo. */
export const events: readonly Event[] = [
  { at: 1000, type: "connecting", hosts: ["h1", "prod-02"] },
  { at: 1300, type: "connected", host: "h1" },
  { at: 1400, type: "warning", warning: { host: "h1", text: "nginx -t is skipped" } },
  { at: 1500, type: "step-started", host: "h1", task: "upload:send", undo: false, final: false },
  { at: 1500, type: "command", host: "h1", task: "upload:send", text: "mkdir a &&\ncd a" },
  { at: 1600, type: "progress", host: "h1", task: "upload:send", percent: 24, bytes: 12e6, files: 3 },
  { at: 1600, type: "output", host: "h1", task: "upload:send", text: "sent 1 file\n" },
  { at: 2300, type: "step-ended", host: "h1", task: "upload:send", undo: false, seconds: 0.8 },
  { at: 2400, type: "command", host: "h1", task: "hooks:pre migrate", text: 'hook "migrate" (TypeScript)' },
  { at: 2500, type: "output", host: "h1", task: "hooks:pre migrate", text: "\u001B[2Jmigrated\u0007\n1 %\r100 %\r\n" },
  { at: 12_500, type: "step-failed", host: "prod-02", task: "health:wait", undo: false, error },
  { at: 12_600, type: "step-started", host: "prod-02", task: "systemd:start", undo: true, final: false },
  { at: 12_700, type: "step-ended", host: "prod-02", task: "systemd:start", undo: true, seconds: 0.1 },
];
