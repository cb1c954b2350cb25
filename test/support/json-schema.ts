import { readFileSync } from "node:fs";
import { schemaFile } from "./schema.ts";

type Schema = { readonly [key: string]: unknown };

/** The schema that is shipped, as a reader of `--json` has it. */
export function shippedSchema(): Schema {
  return JSON.parse(readFileSync(schemaFile, "utf8")) as Schema;
}

/**
 * What is wrong with a value, by the keywords of JSON Schema that our schema uses; an unknown keyword throws. Fields that are not
 * named are wrong, too: what we write is to be described.
 */
export function wrongIn(value: unknown, schema: Schema, path = "line"): readonly string[] {
  const unknown = Object.keys(schema).filter((key) => !known.has(key));
  if (unknown.length > 0) throw new Error(`the check knows no ${unknown.join(", ")}`);
  if ("const" in schema) return value === schema["const"] ? [] : [`${path} is not ${String(schema["const"])}`];
  const choices = schema["enum"] as readonly unknown[] | undefined;
  if (choices) return choices.includes(value) ? [] : [`${path} is none of ${choices.join(", ")}: ${String(value)}`];
  const kinds = schema["anyOf"] as readonly Schema[] | undefined;
  if (kinds) return wrongInAny(value, kinds, path);
  return typeProblems(value, schema, path);
}

const known = new Set("$schema title description const enum anyOf type format items properties required".split(" "));

/** Of several kinds the one with the same `type` field tells best what is wrong. */
function wrongInAny(value: unknown, kinds: readonly Schema[], path: string): readonly string[] {
  const tries = kinds.map((kind) => wrongIn(value, kind, path));
  if (tries.some((problems) => problems.length === 0)) return [];
  const nearest = tries.find((problems) => !problems.some((problem) => problem.startsWith(`${path}.type `)));
  return nearest ?? [`${path} is of no kind: ${JSON.stringify(value)}`];
}

function typeProblems(value: unknown, schema: Schema, path: string): readonly string[] {
  switch (schema["type"]) {
    case "null":
      return value === null ? [] : [`${path} is not null`];
    case "string": {
      const isTime = schema["format"] !== "date-time" || /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(String(value));
      return typeof value === "string" && isTime ? [] : [`${path} is no such text: ${String(value)}`];
    }
    case "integer":
      return Number.isInteger(value) ? [] : [`${path} is no integer: ${String(value)}`];
    case "number":
    case "boolean":
      return typeof value === schema["type"] ? [] : [`${path} is no ${schema["type"]}: ${String(value)}`];
    case "array":
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((each, index) => wrongIn(each, schema["items"] as Schema, `${path}[${index}]`));
    case "object": {
      if (typeof value !== "object" || value === null) return [`${path} is no object`];
      const fields = schema["properties"] as Readonly<Record<string, Schema>>;
      const missing = (schema["required"] as readonly string[]).filter((name) => !(name in value));
      const entries = Object.entries(value);
      return [
        ...missing.map((name) => `${path}.${name} is missing`),
        ...entries.flatMap(([name, each]) =>
          fields[name] ? wrongIn(each, fields[name], `${path}.${name}`) : [`${path}.${name} is not described`],
        ),
      ];
    }
    default:
      throw new Error(`the check knows no type ${String(schema["type"])}`);
  }
}
