import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, closing } from "../../lib/report/answers.ts";
import { events } from "../../lib/report/schema.ts";
import { schemaVersion } from "../../lib/report/schema-parts.ts";
import type { Fields, Schema } from "../../lib/report/schema-kinds.ts";

const root = join(import.meta.dirname, "../..");

/** Where the schema of `--json` is shipped, and where it is told to people. */
export const schemaFile = join(root, "docs/events.schema.json");
export const schemaPage = join(root, "docs/json.md");

/** JSON Schema (draft 2020-12) of one line. Fields that it does not name are allowed: later versions may add some. */
export function jsonSchema(): object {
  const whole = Object.fromEntries(
    Object.entries(answers).map(([type, { about, fields }]) => [type, { about, fields: { ...fields, ...closing } }]),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "One line of bgdeploy --json",
    anyOf: [...kindsOf(events), ...kindsOf(whole)],
  };
}

type Kinds = Readonly<Record<string, { readonly about: string; readonly fields: Fields }>>;

function kindsOf(kinds: Kinds): readonly object[] {
  return Object.entries(kinds).map(([type, { about, fields }]) => {
    const all = { type: { const: type }, ...common, ...properties(fields) };
    return { description: about, type: "object", properties: all, required: Object.keys(all) };
  });
}

const common = {
  v: { const: schemaVersion },
  at: { type: "string", format: "date-time" },
};

function properties(fields: Fields): Record<string, object> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, schemaOf(field)]));
}

function schemaOf(schema: Schema): object {
  const description = schema.description === undefined ? {} : { description: schema.description };
  if ("enum" in schema) return { ...description, enum: [...schema.enum] };
  if ("anyOf" in schema) return { ...description, anyOf: schema.anyOf.map((each) => schemaOf(each)) };
  if (schema.type === "array") return { ...description, type: "array", items: schemaOf(schema.items) };
  if (schema.type === "object") {
    const fields = properties(schema.properties);
    return { ...description, type: "object", properties: fields, required: Object.keys(fields) };
  }
  return { ...description, type: schema.type };
}

/** The part of docs/json.md that tells every answer and every event with its fields. */
export function kindsText(): string {
  const closes = ["### Every answer", "What every answer ends with.", table(fieldRows(closing, ""))].join("\n\n");
  return ["## Answers", closes, ...textsOf(answers), "## Events", ...textsOf(events)].join("\n\n");
}

function textsOf(kinds: Kinds): readonly string[] {
  return Object.entries(kinds).map(([type, { about, fields }]) =>
    [`### \`${type}\``, sentence(about), table(fieldRows(fields, ""))].join("\n\n"),
  );
}

function fieldRows(fields: Fields, prefix: string): readonly (readonly string[])[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const inner = innerOf(field);
    const list = isList(field) ? "[]" : "";
    return [
      [`\`${path}\``, kindOf(field), field.description ?? ""],
      ...(inner === undefined || isSlot(inner) ? [] : fieldRows(inner, `${path}${list}.`)),
    ];
  });
}

/** A slot is told once, above the events. */
function isSlot(fields: Fields): boolean {
  return Object.keys(fields).join(" ") === "release variant";
}

function isList(schema: Schema): boolean {
  return "type" in schema && schema.type === "array";
}

function innerOf(schema: Schema): Fields | undefined {
  if ("anyOf" in schema) return schema.anyOf.map((each) => innerOf(each)).find((each) => each !== undefined);
  if (!("type" in schema)) return undefined;
  if (schema.type === "array") return innerOf(schema.items);
  return schema.type === "object" ? schema.properties : undefined;
}

function kindOf(schema: Schema): string {
  if ("enum" in schema) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if ("anyOf" in schema) return schema.anyOf.map((each) => kindOf(each)).join(" or ");
  if (schema.type === "array") return `list of ${kindOf(schema.items)}`;
  return schema.type === "object" && isSlot(schema.properties) ? "slot" : schema.type;
}

function table(rows: readonly (readonly string[])[]): string {
  return [["field", "kind", ""], ["---", "---", "---"], ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const mark = "<!-- written by `npm run schema` -->";

/** What the page says of them. */
export function toldKinds(): string {
  const page = readFileSync(schemaPage, "utf8");
  return page.slice(page.indexOf(mark) + mark.length).trim();
}

/** A text without the padding of its tables. */
export function unpadded(text: string): string {
  return text.replaceAll(/ +\|/g, " |").replaceAll(/-{3,}/g, "---");
}

if (import.meta.main) {
  const page = readFileSync(schemaPage, "utf8");
  writeFileSync(schemaFile, `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
  writeFileSync(schemaPage, `${page.slice(0, page.indexOf(mark) + mark.length)}\n\n${kindsText()}\n`);
}
