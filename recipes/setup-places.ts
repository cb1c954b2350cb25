import type { Command, Layout, Target } from "../lib/index.ts";
import { besideOf, stateDirectories, sudo, untrustedGround } from "../lib/index.ts";

/**
 * The directories of an app, each of which belongs to the deployer in the end.
 *
 * Whoever owns a directory can put a link in the place of what is in it, while root works there. So root freezes each one
 * before it looks into it, from the top down, and hands them over from the bottom up, when nothing else is left to do. What
 * stood in a state directory of another owner may be forged: it is set aside. What was planted since the host was read counts,
 * too: where others had the destination, it is looked at only when nobody can change it any more.
 */
export function placesFor({ app, facts, layout, release }: Target, deployer: string): readonly Command[] {
  const { destination, versions, state } = layout;
  const ground = facts.ground.filter(({ kind, isLink }) => kind !== "way" && !(kind === "destination" && isLink));
  const isTheirs = facts.owner?.user === deployer && facts.owner.group === app.group;
  const isOld = untrustedGround(ground, deployer).length > 0 || ground.some(({ user }) => user !== deployer);
  if (isTheirs && facts.hasState && !isOld) return [];
  const ours = stateDirectories(layout);
  const give = (user: string, path: string, mode: string): Command =>
    sudo(["install", "-d", "-o", user, "-g", app.group, "-m", mode, path]);
  const exists = ground.length > 0;
  // Copied, not given: the app may hold one open.
  const copy = ({ path, isLink, mode }: Target["facts"]["ground"][number]): readonly Command[] => {
    if (path === layout.backends && !isLink && mode === 0) return [sudo(["chown", "-h", deployer, path])];
    const beside = besideOf(path);
    const bits = (mode & 0o755).toString(8).padStart(4, "0");
    return [
      // install would wait for ever for what a pipe says.
      sudo(["test", "-f", path, "-a", "!", "-L", path], { title: `check that ${path} is a regular file` }),
      sudo(["install", "-T", "-o", deployer, "-g", app.group, "-m", bits, path, beside]),
      sudo(["mv", "-fT", beside, path]),
    ];
  };
  return [
    give("root", destination, "0755"),
    noLink(versions),
    give("root", versions, "0755"),
    ...(exists ? ownReleases(layout, app) : []),
    noLink(state),
    ...(exists ? [setAside(layout, deployer, `${state}.${release.time}`)] : []),
    ...ours.flatMap((path) => [...(path === state ? [] : [noLink(path)]), give("root", path, "0700")]),
    ...ground.filter(({ kind, user }) => kind === "file" && user !== deployer).flatMap(copy),
    ...(deployer === "root" ? [] : handOver(layout, deployer, app.group, exists)),
  ];
}

/**
 * chmod -R follows a link that takes a file's place in time: so first each directory is made root's and closed before find
 * looks into it, and then no name can change any more.
 */
function ownReleases({ versions }: Layout, { group, writable }: Target["app"]): readonly Command[] {
  const own = sudo(["chown", "-hR", `root:${group}`, versions]);
  if (writable) return [own];
  const freeze = ["install", "-d", "-o", "root", "-g", group, "-m", "0755", "{}", ";"];
  return [
    sudo(["find", versions, "-type", "d", "(", "!", "-user", "root", "-o", "-perm", "/022", ")", "-exec", ...freeze]),
    own,
    sudo(["chmod", "-R", "ug-s,u+rwX,go+rX,go-w", versions]),
  ];
}

function setAside({ destination, state }: Layout, deployer: string, aside: string): Command {
  const name = state.slice(destination.length + 1);
  const foreign = ["!", "-user", deployer, "!", "-user", "root"];
  const words = ["find", "-H", destination, "-maxdepth", "1", "-name", name, ...foreign];
  return sudo([...words, "-exec", "mv", "-T", "{}", aside, ";"]);
}

function noLink(path: string): Command {
  return sudo(["test", "!", "-L", path], { title: `see that ${path} is no link` });
}

function handOver(
  { destination, versions, state }: Layout,
  deployer: string,
  group: string,
  exists: boolean,
): readonly Command[] {
  return [
    sudo(["chown", "-hR", `${deployer}:${group}`, state]),
    sudo(["chown", exists ? "-hR" : "-h", `${deployer}:${group}`, versions]),
    sudo(["chown", `${deployer}:${group}`, destination]),
  ];
}
