import { readFileSync } from "node:fs";
import { lean } from "./lean.ts";

/** Defines `bg_environment FILE`, which exports the variables of a service's environment. */
export const environmentSource = lean(readFileSync(new URL("environment.sh", import.meta.url), "utf8"));
