import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** How long bgdeploy lets a new variant run before the switch where a config says nothing (s): what its docs promise. */
export async function defaultSettle(): Promise<number> {
  const docs = await readFile(join(import.meta.dirname, "../docs/config.md"), "utf8");
  const [, amount, unit] = /^\| `health\.settle` +\| `"([\d.]+)(ms|s)"`/m.exec(docs) ?? [];
  if (amount === undefined) throw new Error("docs/config.md does not say the default of health.settle as it did");
  return unit === "ms" ? Number(amount) / 1000 : Number(amount);
}
