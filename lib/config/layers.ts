import type { WrittenSettings } from "./define.ts";
import { at } from "./path.ts";

/** Settings from one place, and how a message names that place. */
export type Layer = {
  readonly settings: WrittenSettings;
  readonly place: (key: keyof WrittenSettings, name?: string) => string;
};

/** A setting, and where it was written. */
export type Setting<Key extends keyof WrittenSettings> = {
  readonly value: NonNullable<WrittenSettings[Key]>;
  readonly place: string;
};

export function layer(path: string, settings: WrittenSettings): Layer {
  return { settings, place: (key, name) => (name === undefined ? at(path, key) : at(at(path, key), name)) };
}

/** The setting as the last layer has it that has it at all. */
export function pick<Key extends keyof WrittenSettings>(layers: readonly Layer[], key: Key): Setting<Key> | undefined {
  for (const { settings, place } of layers.toReversed()) {
    const value = settings[key];
    if (value !== undefined && value !== null) return { value, place: place(key) };
  }
  return undefined;
}
