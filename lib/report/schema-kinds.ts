/** The kinds of values that an event may hold: a small part of JSON Schema, from which types can be derived. */
export type Schema = { readonly description?: string } & (
  | { readonly type: "string" | "integer" | "number" | "boolean" | "null" }
  | { readonly enum: readonly (string | number)[] }
  | { readonly type: "array"; readonly items: Schema }
  | { readonly type: "object"; readonly properties: Fields }
  | { readonly anyOf: readonly Schema[] }
);

/** Fields by name. Every one is always there; `null` says that there is nothing. */
export type Fields = { readonly [name: string]: Schema };

/** The type of the values that a schema describes. */
export type Of<S> = S extends { readonly enum: readonly (infer V)[] }
  ? V
  : S extends { readonly type: "string" }
    ? string
    : S extends { readonly type: "integer" | "number" }
      ? number
      : S extends { readonly type: "boolean" }
        ? boolean
        : S extends { readonly type: "null" }
          ? null
          : S extends { readonly items: infer I }
            ? readonly Of<I>[]
            : S extends { readonly properties: infer P }
              ? { readonly [K in keyof P]: Of<P[K]> }
              : S extends { readonly anyOf: readonly (infer A)[] }
                ? Of<A>
                : never;

export const text = (description: string) => ({ type: "string", description }) as const;
export const integer = (description: string) => ({ type: "integer", description }) as const;
export const number = (description: string) => ({ type: "number", description }) as const;
export const flag = (description: string) => ({ type: "boolean", description }) as const;
export const oneOf = <const V extends readonly (string | number)[]>(values: V, description: string) =>
  ({ enum: values, description }) as const;
export const texts = (description: string) => ({ type: "array", items: { type: "string" }, description }) as const;
export const list = <const S extends Schema>(items: S, description: string) =>
  ({ type: "array", items, description }) as const;
export const record = <const P extends Fields>(properties: P, description: string) =>
  ({ type: "object", properties, description }) as const;
export const orNull = <const S extends Schema>(schema: S, description: string) =>
  ({ anyOf: [schema, { type: "null" }], description }) as const;
