/** Does it stand for several names? */
export function isGlob(name: string): boolean {
  return /[*?]/.test(name);
}

/** Matches as ssh_config(5) does (PATTERNS): `*` for any characters, `?` for one. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern.replaceAll(/[^\w]/g, (token) =>
    token === "*" ? ".*" : token === "?" ? "." : `\\u{${token.codePointAt(0)?.toString(16)}}`,
  );
  return new RegExp(`^${source}$`, "u").test(name);
}
