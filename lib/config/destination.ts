import { show } from "./path.ts";

/** Directories that hold more than one app: an app goes below them, never into them. */
const shared =
  "/opt /srv /home /var /root /tmp /mnt /media /usr/local /var/www /var/lib /var/log /var/cache /var/spool /var/opt";

/** Directories that belong to the system, with all that is in them. */
const system = "/bin /boot /dev /etc /lib /lib32 /lib64 /proc /run /sbin /sys /usr /var/run";

/**
 * What is wrong with the app's directory on the host; `undefined` when nothing is.
 *
 * The path is written into nginx's config, systemd units and sudo rules, each with a quoting of its own, and is given
 * away to the app's user: so the characters are few, and the directory must be the app's alone.
 */
export function destinationProblem(path: string): string | undefined {
  const shown = show(path);
  if (path === "/")
    return `${shown} is the root of the file system. Use a directory of the app's own, such as "/opt/shop"`;
  if (!path.startsWith("/")) return `${shown} must be an absolute path, such as "/opt/shop"`;
  if (!/^[\w./+-]+$/.test(path)) return `${shown} may contain only letters, digits and . _ + - /`;
  const parts = path.slice(1).split("/");
  if (parts.includes("..") || parts.includes(".") || parts.includes("")) {
    const plain = parts.filter((part) => part !== "" && part !== ".");
    const mend = parts.includes("..") || plain.length === 0 ? "" : `. Write "/${plain.join("/")}"`;
    return `${shown} must not contain "..", "." or repeated or trailing slashes${mend}`;
  }
  if (shared.split(" ").includes(path))
    return `${shown} is shared with other programs. Use a directory of the app's own, such as "${path}/shop"`;
  const owner = system.split(" ").find((each) => path === each || path.startsWith(`${each}/`));
  if (owner === undefined || path.startsWith("/usr/local/")) return undefined;
  return `${shown} is a system directory. Use a directory of the app's own, such as "/opt/shop"`;
}
