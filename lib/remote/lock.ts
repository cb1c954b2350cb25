import type { Layout } from "../model/layout.ts";
import { quote, sh } from "../model/shell.ts";

/** Who holds a host, as written into lock.json. */
export type Holder = {
  readonly who: string;
  readonly from: string;
  readonly since: string;
  readonly release: string;
  readonly run: string;
};

/** What came of asking for the lock. `absent`: there is no directory to lock yet. */
export type LockAnswer =
  | { readonly kind: "held" }
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly holder: Partial<Holder> };

/**
 * Takes the lock in the session's own shell: flock(1) on our directory, on a descriptor that only this shell keeps.
 * The kernel lets go of it when the shell ends, whatever ended it, so it cannot go stale.
 *
 * With `create` the directory is made first; without it a host that was never set up stays untouched.
 */
export function lockText(layout: Layout, holder: Holder, options: { readonly create: boolean }): string {
  const json = JSON.stringify(holder);
  const make = options.create
    ? sh`mkdir -p ${layout.destination} ${layout.versions} && mkdir -p -m 700 ${layout.state} ${layout.state}/releases ${layout.state}/hooks`
    : sh`[ -w ${layout.destination} ] && mkdir -p -m 700 ${layout.state} ${layout.state}/releases ${layout.state}/hooks`;
  return [
    `if ! { ${make.raw}; }; then echo absent`,
    `elif ! exec 9<${quote(layout.state)}; then echo absent`,
    `elif flock -n 9; then printf '%s\\n' ${quote(json)} >${quote(layout.lock)}; echo held`,
    `else echo refused; cat ${quote(layout.lock)}; exec 9<&-; fi`,
  ].join("\n");
}

/** Lets go of the lock while the session goes on. */
export function unlockText(layout: Layout): string {
  return `rm -f ${quote(layout.lock)}; exec 9<&-`;
}

export function parseLockAnswer(text: string): LockAnswer {
  const lines = text.trim().split("\n");
  const kind = lines.findLast((line) => line === "held" || line === "absent" || line === "refused");
  if (kind === "held" || kind === "absent") return { kind };
  return { kind: "refused", holder: parseHolder(lines.slice(lines.lastIndexOf("refused") + 1).join("\n")) };
}

function parseHolder(text: string): Partial<Holder> {
  try {
    return JSON.parse(text) as Partial<Holder>;
  } catch {
    return {};
  }
}
