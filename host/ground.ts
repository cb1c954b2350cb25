import { readFileSync } from "node:fs";
import { lean } from "./lean.ts";

/** Defines `bg_is_sound` and `bg_take_over`. What they read stands at the top of the file. */
export const groundSource = lean(readFileSync(new URL("ground.sh", import.meta.url), "utf8"));
