import type { Layer } from "./layers.ts";
import { pick } from "./layers.ts";

/**
 * Where each setting of one host was written, by its path: `"health.http"` in `"stages.production.health"`. What nobody wrote, and is
 * the default, is not there.
 */
export type Sources = ReadonlyMap<string, string>;

/** As settings are resolved: a key is the last layer's that has it, but variables and directives are merged one by one. */
export function sourcesOf(layers: readonly Layer[]): Sources {
  const lastSecrets = layers.findLast(({ settings }) => settings.secrets !== undefined);
  const keys = new Set(layers.flatMap(({ settings }) => namesIn(settings)));
  const whole = [...keys].flatMap((key): readonly (readonly [string, string])[] => {
    const setting = pick(layers, key);
    if (setting === undefined) return [];
    const { value, place } = setting;
    const parts = typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : [];
    return [
      [key, place],
      ...parts.flatMap(([name, part]) => (part === undefined ? [] : [[`${key}.${name}`, place] as const])),
    ];
  });
  const single = layers.flatMap((each) => {
    const { settings, place } = each;
    const variables = Object.keys(settings.env ?? {}).map((name) => [`env.${name}`, place("env", name)] as const);
    const secrets = each === lastSecrets ? (settings.secrets ?? []) : [];
    const directives = Object.entries(settings.unit ?? {}).flatMap(([section, all]) =>
      Object.keys(all).map((name) => [`unit.${section}.${name}`, place("unit")] as const),
    );
    return [...variables, ...secrets.map((name) => [`env.${name}`, place("secrets")] as const), ...directives];
  });
  return new Map([...whole, ...single]);
}

function namesIn(settings: Layer["settings"]): readonly (keyof Layer["settings"])[] {
  return Object.keys(settings).filter((key): key is keyof Layer["settings"] => !["hosts", "env", "unit"].includes(key));
}
