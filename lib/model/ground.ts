import type { App } from "./app.ts";
import type { Layout } from "./layout.ts";

/** A directory or a file of ours on a host, or a directory on the way to it, as it is. A link stands for itself. */
export type GroundPath = {
  readonly path: string;
  /** `way`: above the destination. `file`: one in it that nginx, systemd or we read. */
  readonly kind: "way" | "destination" | "versions" | "state" | "file";
  readonly isLink: boolean;
  readonly uid: number;
  readonly user: string;
  readonly group: string;
  /** The permission bits, with the sticky one. */
  readonly mode: number;
};

/** Our own directories on a host, mode 0700. */
export function stateDirectories({ state }: Layout): readonly string[] {
  return [state, `${state}/releases`, `${state}/hooks`];
}

/** The files that nginx, systemd or we read, but for those of the state. */
export function groundFiles(layout: Layout): readonly string[] {
  const { ownBackend, backends, variant, liveGreen, maintenance } = layout;
  return [
    ownBackend,
    backends,
    layout.environment("blue"),
    layout.environment("green"),
    variant,
    liveGreen,
    maintenance,
  ];
}

/** The directories outside the destination that systemd gives to the service's user at each start. */
export function serviceDirectories({ name, state, cache, logs }: App): readonly string[] {
  return [
    ...(state ? [`/var/lib/${name}`] : []),
    ...(cache ? [`/var/cache/${name}`] : []),
    ...(logs ? [`/var/log/${name}`] : []),
  ];
}

/** Of names in the destination, those that are not ours. */
export function namesBeside(names: readonly string[], layout: Layout): readonly string[] {
  const ours = new Set(groundFiles(layout).flatMap((path) => [path, `${path}.bgdeploy-new`]));
  return names.filter((name) => !ours.has(`${layout.destination}/${name}`));
}

/** A path that others than root or the one who deploys can change. `why` goes behind the path. */
export type Untrusted = Pick<GroundPath, "path" | "kind" | "user"> & { readonly why: string };

/**
 * Where others than root and `user`, who deploys, could put a file in place of ours. What is kept there may be theirs: it is
 * neither executed nor restored, and nothing is written through it.
 *
 * In a directory with the sticky bit only an owner can move what is there (inode(7)). A group that is named as its only
 * member, as Debian makes one for each user, counts as that user; root's group as root.
 */
export function untrustedGround(ground: readonly GroundPath[], user: string): readonly Untrusted[] {
  return ground.flatMap((each) => {
    const { path, kind } = each;
    const why = reason(each, user);
    return why === undefined ? [] : [{ path, kind, user: each.user, why }];
  });
}

function reason({ kind, isLink, uid, user: owner, group, mode }: GroundPath, user: string): string | undefined {
  if (isLink && kind !== "way" && kind !== "destination") return "is a symbolic link";
  if (uid !== 0 && owner !== user) return `belongs to ${owner}`;
  if (isLink) return undefined;
  const isSticky = kind === "way" && (mode & 0o1000) !== 0;
  if (isSticky) return undefined;
  if ((mode & 0o002) !== 0) return "can be written to by every user";
  return (mode & 0o020) !== 0 && group !== user && group !== "root"
    ? `can be written to by the group ${group}`
    : undefined;
}
