/** One of the two slots of an app on a host. *Live* is the one that serves, *idle* the other. */
export type Variant = "blue" | "green";

export const variants: readonly Variant[] = ["blue", "green"];

export function otherVariant(variant: Variant): Variant {
  return variant === "blue" ? "green" : "blue";
}

export function isVariant(word: string | undefined): word is Variant {
  return word === "blue" || word === "green";
}
