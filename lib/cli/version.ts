import { readFileSync } from "node:fs";

/** The version in our package.json, which stands one folder higher when we run from `dist`. */
export function packageVersion(): string {
  const above = import.meta.url.endsWith(".ts") ? "../../package.json" : "../../../package.json";
  const text = readFileSync(new URL(above, import.meta.url), "utf8");
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
