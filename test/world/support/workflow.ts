/** A step of a workflow that runs commands. */
export type Step = { readonly run: string; readonly env: Readonly<Record<string, string>> };

/** The steps of the first workflow for GitHub in a page. Reads what such a page holds, not YAML as such. */
export function stepsOf(page: string): readonly Step[] {
  const [, workflow = ""] = /```yaml\n(name: [^]*?)```/.exec(page) ?? [];
  const items = workflow.split(/^ {6}- /m).slice(1);
  return items.flatMap((item) => {
    const run = /^(?: {8})?run: (?:\|\n((?: {10}.*\n)+)|(.*)\n)/m.exec(item);
    if (run === null) return [];
    const [, block, line = ""] = run;
    const [, variables = ""] = /^ {8}env:\n((?: {10}.*\n)+)/m.exec(item) ?? [];
    const env = [...variables.matchAll(/^ {10}(\w+): (.*?)(?: +#.*)?$/gm)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]);
    return [{ run: `${block?.replaceAll(/^ {10}/gm, "") ?? line}\n`, env: Object.fromEntries(env) }];
  });
}
