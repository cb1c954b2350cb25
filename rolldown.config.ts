import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "rolldown";
import { defineConfig } from "rolldown";

/**
 * `import` reads all that a built-in module exports, and some of that is loaded when it is read: with `node:fs` comes
 * readline, with `node:util` worker_threads. This reads what is named.
 */
const builtins: Plugin = {
  name: "builtins",
  renderChunk: (code) =>
    code.replaceAll(
      /^import \{(.*)\} from ("node:.*");$/gm,
      (_, names: string, from: string) =>
        `const {${names.replaceAll(" as ", ": ")}} = process.getBuiltinModule(${from});`,
    ),
};

/** Puts the files that a host gets into the modules that read them from beside themselves. */
const hostFiles: Plugin = {
  name: "host-files",
  transform: (code, id) =>
    dirname(id).endsWith("/host")
      ? code.replaceAll(/readFileSync\(new URL\("([\w.-]+)", import\.meta\.url\), "utf8"\)/g, (_, name: string) =>
          JSON.stringify(readFileSync(join(dirname(id), name), "utf8")),
        )
      : undefined,
};

/**
 * The published package: few files, since Node takes longer to find and link a module than to run it.
 *
 * What a run needs is cut by when it needs it: each group takes along all that its files import, and is not in an earlier
 * one. What only other commands need falls into pieces by itself. Pieces stand as deep as what they are made of: `self.ts`
 * and `module.ts` find the package's entrances from where they stand.
 */
export default defineConfig({
  input: { "bin/bgdeploy": "bin/bgdeploy.ts", "lib/index": "lib/index.ts", "recipes/index": "recipes/index.ts" },
  platform: "node",
  external: /^[^./]/,
  plugins: [hostFiles, builtins],
  output: {
    dir: "dist",
    cleanDir: true,
    chunkFileNames: "lib/chunks/[name].js",
    codeSplitting: {
      groups: [
        { name: "start", test: /\/lib\/cli\/(main|world)\.ts$/ },
        { name: "config", test: /\/(lib\/cli\/stage|lib\/index|recipes\/index)\.ts$/ },
        { name: "connect", test: /\/lib\/(cli\/fleet|remote\/connect)\.ts$/ },
        { name: "carry-out", test: /\/lib\/cli\/commands\/run\.ts$/ },
      ],
    },
  },
});
