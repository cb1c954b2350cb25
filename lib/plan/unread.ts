/** What the ssh user cannot read, as a sentence that names the first few. */
export function unreadText(user: string, paths: readonly string[]): string {
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : "";
  return `${user} cannot read ${paths.slice(0, 3).join(", ")}${more}`;
}
