import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { TrustCheck } from "./trust.ts";
import { refuseUntrustedFile } from "./trust.ts";

/** What a config may import of bgdeploy, from where this file stands: in the source or in dist, as `.ts` or `.js`. */
const entrances: ReadonlyMap<string, string> = new Map([
  ["bgdeploy", "../index"],
  ["bgdeploy/recipes", "../../recipes/index"],
]);

let isRegistered = false;

/** The modules of configs, by URL: what they import is checked as they were. */
const checked = new Map<string, TrustCheck>();

/** From now on, nothing that the module `url` imports, also by way of others, is run unless it is trusted. */
export function checkImports(url: string, trust: TrustCheck): void {
  checked.set(url, trust);
}

/**
 * From now on, `import "bgdeploy"` gives this very installation, with or without node_modules: two copies of bgdeploy
 * in one process would not know each other's secrets.
 *
 * TypeScript in a package without `"type"` is taken for ES modules; else Node tries CommonJS first, and warns.
 */
export function answerForBgdeploy(): void {
  if (isRegistered) return;
  isRegistered = true;
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  registerHooks({
    resolve(specifier, context, next) {
      const entrance = entrances.get(specifier);
      if (entrance !== undefined)
        return { url: new URL(`${entrance}${extension}`, import.meta.url).href, shortCircuit: true };
      const resolved = next(specifier, context);
      const trust = checked.get(context.parentURL ?? "");
      if (trust !== undefined && resolved.url.startsWith("file:")) {
        refuseUntrustedFile(fileURLToPath(resolved.url), "run", trust);
        checked.set(resolved.url, trust);
      }
      const isOpen = resolved.format === undefined || resolved.format === null;
      const { pathname } = new URL(resolved.url);
      const isLocated = resolved.url.endsWith(locating);
      if (isLocated || (isOpen && pathname.endsWith(".ts"))) return { ...resolved, format: "module-typescript" };
      return resolved;
    },
  });
}

/** Read as TypeScript whatever the extension: Node then says where a syntax error is, which it does not for JavaScript. */
export const locating = "?locate";
