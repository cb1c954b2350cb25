import { readFileSync } from "node:fs";
import { lean } from "./lean.ts";
import { napSource } from "./nap.ts";

const watch = lean(readFileSync(new URL("download-watch.sh", import.meta.url), "utf8"));
const fetch = lean(readFileSync(new URL("download-fetch.sh", import.meta.url), "utf8"));
const unpack = lean(readFileSync(new URL("download-unpack.sh", import.meta.url), "utf8"));

/** The two parts of a download. What each reads stands at the top of its files. */
export const fetchSource = [napSource, watch, fetch].join("\n");
export const unpackSource = [napSource, watch, unpack].join("\n");
