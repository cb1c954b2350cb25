import { readFileSync } from "node:fs";
import { lean } from "./lean.ts";

/** Defines `bg_receive SECONDS`, which takes one script from the input. */
export const receiveSource = lean(readFileSync(new URL("receive.sh", import.meta.url), "utf8"));

const watch = lean(readFileSync(new URL("watch.sh", import.meta.url), "utf8"));
const session = lean(readFileSync(new URL("session.sh", import.meta.url), "utf8"));

/** The shell of a session, behind its greeting. What it reads stands at the top of each file. */
export const sessionSource = [receiveSource, watch, session].join("\n");
