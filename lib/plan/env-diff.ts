import type { EnvValue } from "../model/environment.ts";
import { Secret, looksSecret } from "../model/secret.ts";
import { printable } from "../model/printable.ts";

/** One variable of an environment: ` ` as it is live, `+` new, `-` gone, `~` changed. */
export type EnvLine = {
  readonly sign: " " | "+" | "-" | "~";
  readonly text: string;
  readonly name: string;
  /** What the next deploy writes; `undefined` where it writes none, or one that is not to be shown. */
  readonly value: string | undefined;
  /** Could it be compared? */
  readonly isCompared: boolean;
};

export type Environments = {
  /** What the next deploy writes. */
  readonly next: Readonly<Record<string, EnvValue>>;
  /** What it would write into the live slot: that is what the live environment is compared with. */
  readonly same: Readonly<Record<string, EnvValue>>;
  /** What the live variant was started with; `undefined` where that cannot be read. */
  readonly live: ReadonlyMap<string, string> | undefined;
  /** Names whose values are never shown. One that has no value here cannot be compared. */
  readonly secrets: readonly string[];
};

/** What stands for a value that looks secret. */
export const hidden = "[hidden]";

/** The longest value that is shown whole. */
const longest = 120;

/**
 * Compares what the next deploy writes with what is live. Values of secrets are never shown, be they old or new; others
 * that look secret, and those that the config does not know, only with `show`.
 */
export function compareEnvironments({ next, same, live, secrets }: Environments, show: boolean): readonly EnvLine[] {
  const isSecret = (name: string): boolean => secrets.includes(name) || next[name] instanceof Secret;
  const shown = (name: string, value: EnvValue): string => {
    if (value instanceof Secret || isSecret(name)) return "[secret]";
    return !show && looksSecret(name, value) ? hidden : written(value);
  };
  const names = [...new Set([...Object.keys(next), ...secrets])];
  const lines = names.map((name): EnvLine => {
    const value = next[name] ?? new Secret("");
    const text = `${name}=${shown(name, value)}`;
    const isHidden = isSecret(name) || value instanceof Secret || (!show && looksSecret(name, value));
    const line = { sign: " ", text, name, value: isHidden ? undefined : value, isCompared: true } as const;
    if (live === undefined) return { ...line, isCompared: false };
    const now = live.get(name);
    if (now === undefined) return { ...line, sign: "+" };
    if (next[name] === undefined) {
      return { ...line, text: `${text} (not set on this machine: not compared)`, isCompared: false };
    }
    if (now === reveal(same[name] ?? value)) return line;
    const [before, after] = [shown(name, now), shown(name, same[name] ?? value)];
    const isShown = [before, after].every((each) => each !== "[secret]" && each !== hidden);
    return { ...line, sign: "~", text: isShown ? `${name}: ${before} → ${after}` : `${name}: changed ${after}` };
  });
  const gone = [...(live ?? [])].filter(([name]) => !names.includes(name));
  return [
    ...lines,
    ...gone.map(([name, value]): EnvLine => {
      const text = show ? `${name}=${written(value)}` : name;
      return { sign: "-", text, name, value: undefined, isCompared: true };
    }),
  ];
}

/** As one writes it, on one line. */
function written(value: string): string {
  const text = value.length > longest ? value.slice(0, longest) : value;
  const more = value.length > longest ? ` … (${value.length} characters)` : "";
  return `${printable(/^[\w%+,./:=@-]*$/.test(text) ? text : JSON.stringify(text))}${more}`;
}

function reveal(value: EnvValue): string {
  return value instanceof Secret ? value.reveal() : value;
}
