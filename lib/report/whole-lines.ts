import type { Event } from "../run/event.ts";

/** A line longer than these characters is passed on in parts: a host must not fill our memory. */
const longest = 64 * 1024;

type Output = Extract<Event, { type: "output" }>;

/**
 * Passes events on, output by whole lines: it arrives in pieces that end anywhere, also within an escape sequence.
 * What is left of a line goes out before the next event of the same task, or at the end.
 */
export function wholeLines(pass: (event: Event) => void): { on(event: Event): void; end(): void } {
  const open = new Map<string, Output>();

  function flush(key: string): void {
    const rest = open.get(key);
    open.delete(key);
    if (rest !== undefined) pass(rest);
  }

  return {
    on(event) {
      const key = "task" in event ? `${event.host} ${event.task}` : "";
      if (event.type === "progress") return pass(event);
      if (event.type !== "output") {
        flush(key);
        return pass(event);
      }
      const text = (open.get(key)?.text ?? "") + event.text;
      // Many small pieces are joined at the end of their line.
      if (text.length <= longest && !event.text.includes("\n")) return void open.set(key, { ...event, text });
      const end = text.length > longest ? text.length : text.lastIndexOf("\n") + 1;
      open.delete(key);
      if (end < text.length) open.set(key, { ...event, text: text.slice(end) });
      if (end > 0) pass({ ...event, text: text.slice(0, end) });
    },
    end() {
      for (const key of open.keys()) flush(key);
    },
  };
}
