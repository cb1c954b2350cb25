import { styleText } from "node:util";
import type { Paint } from "../plan/explain.ts";

/** Colours where the terminal has them. Whether it has is decided by who opened it, not here. */
export function makePaint(color: boolean): Paint {
  if (!color) return (_, text) => text;
  return (format, text) => (text === "" ? "" : styleText(format, text, { validateStream: false }));
}
