import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One import or re-export of a module. `isType`: it is gone when the program runs. */
export type Import = { readonly from: string; readonly isType: boolean };

/** The static and dynamic imports of a TypeScript source as the formatter leaves it; those inside a template string do not count. */
export function readImports(source: string): readonly Import[] {
  const statics = source.matchAll(/^(?:import|export)\s(type\s)?(?:[^"'`;]*?\sfrom\s)?["']([^"']+)["']/gm);
  const dynamics = source.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g);
  return [
    ...[...statics].map(([statement, type, from = ""]) => ({
      from,
      isType: type !== undefined || namesOnlyTypes(statement),
    })),
    ...[...dynamics].map(([, from = ""]) => ({ from, isType: false })),
  ];
}

/** The source files that `file` reaches by relative imports, itself first. */
export function reachedFrom(file: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(file) || !existsSync(file)) return seen;
  seen.add(file);
  for (const { from } of readImports(readFileSync(file, "utf8"))) {
    if (from.startsWith(".")) reachedFrom(join(dirname(file), from), seen);
  }
  return seen;
}

function namesOnlyTypes(statement: string): boolean {
  const names = /\{([^}]*)\}/
    .exec(statement)?.[1]
    ?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names !== undefined && names.length > 0 && names.every((name) => name.startsWith("type "));
}
