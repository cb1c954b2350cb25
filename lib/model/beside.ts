/** Where a file or a link is made before it is renamed into its place: whoever reads it meets the former or the new one. */
export function besideOf(path: string): string {
  return `${path}.bgdeploy-new`;
}
