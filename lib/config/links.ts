/** The symlinks of a directory tree: their paths from its top, each with what stands in it. */
export type Links = ReadonlyMap<string, string>;

/** Linux follows so many on the way to one file, and then gives up (path_resolution(7)). */
const most = 40;

/**
 * Where a symlink of a tree leads out of it: an absolute path, or one from the tree's top that begins with `..`; `undefined`
 * where it stays inside.
 *
 * It is followed as the kernel does, part by part: `..` after a symlink is the directory above of where that one leads. A way
 * that leaves the tree and comes back has left it: on another host the directories above have other names. What is not there
 * counts as a directory, since it may be there later.
 */
export function leadsOut(link: string, links: Links): string | undefined {
  const parts = link.split("/");
  const [at, ahead] = [parts.slice(0, -1), parts.slice(-1)];
  let followed = 0;
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (at.pop() === undefined) return ["..", ...ahead].join("/");
      continue;
    }
    at.push(part);
    const target = links.get(at.join("/"));
    if (target === undefined) continue;
    followed += 1;
    if (followed > most) return undefined;
    if (target.startsWith("/")) return [target, ...ahead].join("/");
    at.pop();
    ahead.unshift(...target.split("/"));
  }
  return undefined;
}
