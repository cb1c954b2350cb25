import { readFileSync } from "node:fs";
import { lean } from "./lean.ts";

/** Defines `bg_nap SECONDS`, a pause without a process. */
export const napSource = lean(readFileSync(new URL("nap.sh", import.meta.url), "utf8"));
