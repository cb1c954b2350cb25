import { readFileSync } from "node:fs";
import { lean } from "./lean.ts";

/** Defines `bg_stranger HEX UNIT UID`. What it does stands at the top of the file. */
export const strangerSource = lean(readFileSync(new URL("stranger.sh", import.meta.url), "utf8"));
