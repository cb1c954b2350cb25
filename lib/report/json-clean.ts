import { maskSecrets } from "../model/secret.ts";
import { printable } from "../model/printable.ts";
import type { Schema } from "./schema-kinds.ts";

/** A value as its schema has it, its texts without secrets and without what could steer a terminal. */
export function clean(value: unknown, schema: Schema, secrets: readonly unknown[]): unknown {
  if ("anyOf" in schema) {
    const kind = schema.anyOf.find((each) => value !== null && isOf(value, each));
    return kind === undefined ? null : clean(value, kind, secrets);
  }
  if ("enum" in schema) return value;
  switch (schema.type) {
    case "string":
      return maskSecrets(printable(String(value)), secrets);
    case "array":
      return Array.isArray(value) ? value.map((each) => clean(each, schema.items, secrets)) : value;
    case "object": {
      const fields = typeof value === "object" && value !== null ? new Map(Object.entries(value)) : new Map();
      return Object.fromEntries(
        Object.entries(schema.properties).map(([name, field]) => [name, clean(fields.get(name), field, secrets)]),
      );
    }
    case "integer":
    case "number":
    case "boolean":
    case "null":
      return value;
  }
}

/** Of several kinds, could it be this one? Two of one type are never told apart. */
function isOf(value: unknown, schema: Schema): boolean {
  if (!("type" in schema)) return true;
  if (schema.type === "array") return Array.isArray(value);
  return typeof value === (schema.type === "integer" ? "number" : schema.type);
}
