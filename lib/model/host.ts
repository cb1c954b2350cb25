/** A host as ssh knows it: `name` is what one would type after `ssh`. */
export type Host = { readonly name: string; readonly roles: readonly string[] };
