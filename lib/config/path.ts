/**
 * The place of a key or an index, as one would write it in the config.
 *
 * @example at(at("stages", "production"), 0) // "stages.production[0]"
 */
export function at(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** A sentence about a place; the empty path is the whole config. */
export function say(path: string, sentence: string): string {
  return path === "" ? sentence : `${path}: ${sentence}`;
}

/** A value in a message, on one line and short. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value instanceof Promise) return "a promise";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}
