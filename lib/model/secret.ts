import type { Form } from "./secret-forms.ts";
import { formsOf, word } from "./secret-forms.ts";
import { textSearch } from "./text-search.ts";

/** A value that runs raw and prints as `[secret]`: in output, errors, JSON and Node's inspector. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  /** What `console.log` and `util.inspect` show (Node's util documentation, "Custom inspection functions"). */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

/** By name or by form (`scheme://user:password@…`): might this value be secret, though nobody said so? */
export function looksSecret(name: string, value: string): boolean {
  const byName = /secret|token|passw|passphrase|credential|private|dsn|api_?key|access_?key|(^|_)(key|pass|pw|auth)$/i;
  return byName.test(name) || /:\/\/[^/@\s]*:[^/@\s]+@/.test(value);
}

/**
 * Takes secrets out of a text that others wrote: an app or a hook may print what it was given, whole or a line of it, and in the
 * forms that other texts give it, as JSON, a shell, a URL and base64 do.
 */
export function maskSecrets(text: string, values: readonly unknown[]): string {
  return maskFor(values).mask(text);
}

/** The length of the longest form of the secrets among values that can be masked; 0 where there is none. */
export function longestSecret(values: readonly unknown[]): number {
  return maskFor(values).longest;
}

type Mask = { readonly secrets: readonly Secret[]; readonly longest: number; readonly mask: (text: string) => string };

const nothing: Mask = { secrets: [], longest: 0, mask: (text) => text };

/** To find the forms takes a while, and every line of output is masked with the same secrets. By the first of them; hosts may differ. */
const made = new WeakMap<Secret, readonly Mask[]>();

/** So many sets of secrets are remembered. */
const mostMade = 16;

function maskFor(values: readonly unknown[]): Mask {
  const secrets = values.filter((value) => value instanceof Secret);
  const [first] = secrets;
  if (first === undefined) return nothing;
  const known = made.get(first) ?? [];
  const same = known.find(
    (each) =>
      each.secrets.length === secrets.length && each.secrets.every((secret, index) => secret === secrets[index]),
  );
  if (same) return same;
  const mask = makeMask(secrets);
  made.set(first, [mask, ...known].slice(0, mostMade));
  return mask;
}

function makeMask(secrets: readonly Secret[]): Mask {
  const values = [...new Set(secrets.map((secret) => secret.reveal()))];
  const forms = [...new Map(values.flatMap((value) => formsOf(value)).map((form) => [form.text, form])).values()];
  const search = textSearch(forms.filter(({ text }) => text.length > word.longest));
  const words = wholeWords(forms.filter(({ text }) => text.length <= word.longest));
  const mask = (text: string): string => {
    let [masked, end] = ["", 0];
    for (const { from, to, pattern } of search(text)) {
      const goesOn = pattern.goesOn && from <= end && end > 0;
      masked += `${text.slice(end, from)}${goesOn ? "" : "[secret]"}`;
      end = pattern.isBase64 ? endOfBase64(text, to) : to;
    }
    const all = end === 0 ? text : masked + text.slice(end);
    return words === undefined ? all : all.replaceAll(words, "[secret]");
  };
  return { secrets, longest: Math.max(0, ...forms.map(({ text }) => text.length)), mask };
}

/** Behind what is of a secret alone: a character that holds its last bits, and the padding. */
function endOfBase64(text: string, from: number): number {
  const behind = /[\w+/-]?={0,2}/y;
  behind.lastIndex = from;
  return from + (behind.exec(text)?.[0].length ?? 0);
}

function wholeWords(forms: readonly Form[]): RegExp | undefined {
  if (forms.length === 0) return undefined;
  const escaped = forms.map(({ text }) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
  return new RegExp(String.raw`(?<![\p{L}\p{N}_])(?:${escaped.join("|")})(?![\p{L}\p{N}_])`, "gu");
}
