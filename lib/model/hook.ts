import type { Shell } from "zx/core";
import type { Release } from "./release.ts";
import type { Target } from "./target.ts";
import type { Variant } from "./variant.ts";

/** What a hook is handed. */
export type HookContext = {
  /**
   * zx's `$` on the host, in the directory of the new release and with the environment that the app gets.
   * Every `${}` is quoted as one word.
   */
  readonly $: Shell;
  /** zx's `$` on this machine. */
  readonly local: Shell;
  readonly target: Target;
  readonly release: Release;
  readonly live: Variant | undefined;
  readonly idle: Variant;
  /** An HTTP request to the *idle* variant, through the ssh connection, before it has traffic. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Shows a line under the hook's task. */
  log(text: string): void;
};

export type HookFunction = (context: HookContext) => Promise<void> | void;

/** A hook in TypeScript. `once` runs it on the first host only, while the others wait. */
export type Hook = { readonly name: string; readonly once: boolean; readonly run: HookFunction };

/**
 * Names a hook.
 *
 * @example hook("migrate", { once: true }, async ({ $ }) => { await $`bin/migrate` })
 */
export function hook(name: string, run: HookFunction): Hook;
export function hook(name: string, options: { readonly once?: boolean }, run: HookFunction): Hook;
export function hook(name: string, second: HookFunction | { readonly once?: boolean }, third?: HookFunction): Hook {
  const options = typeof second === "function" ? {} : second;
  const run = typeof second === "function" ? second : third;
  if (run === undefined) throw new TypeError(`hook("${name}") needs a function`);
  return Object.freeze({ name, once: options.once ?? false, run });
}
