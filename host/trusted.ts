import { readFileSync } from "node:fs";
import { lean } from "./lean.ts";

/** Defines `bg_trusted BASE PATH…`. What it does stands at the top of the file. */
export const trustedSource = lean(readFileSync(new URL("trusted.sh", import.meta.url), "utf8"));
