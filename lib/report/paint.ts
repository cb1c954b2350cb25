import { styleText } from "node:util";
import type { Paint } from "../plan/paint.ts";

/**
 * Are there colours? A text stands in the place of what opens their sequences (`ESC [`): the guard of the terminal, which takes all
 * sequences out of what it is given, knows ours by it.
 */
export type Color = boolean | string;

/** Colours where the terminal has them. Whether it has is decided by who opened it, not here. */
export function makePaint(color: Color): Paint {
  if (color === false || color === "") return (_, text) => text;
  return (format, text) => {
    if (text === "" || color === true) return text === "" ? "" : styleText(format, text, { validateStream: false });
    const [before = "", after = ""] = styleText(format, " ", { validateStream: false }).split(" ");
    return `${before.replace("\u001B[", color)}${text}${after.replace("\u001B[", color)}`;
  };
}
