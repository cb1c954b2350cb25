import type { Command, Layout, Target } from "../lib/index.ts";
import { sudo, untrustedGround } from "../lib/index.ts";

/**
 * The directories of an app, each of which belongs to the deployer in the end.
 *
 * Whoever owns a directory can put a link in the place of what is in it, while root works there. So root freezes each one
 * before it looks into it, from the top down, and hands them over from the bottom up. What stood in a state directory of
 * another owner may be forged: it is set aside.
 */
export function placesFor({ app, facts, layout, release }: Target, deployer: string): readonly Command[] {
  const { destination, versions, state } = layout;
  const foreign = untrustedGround(facts.ground, deployer).filter(({ kind }) => kind !== "way");
  const isTheirs = facts.owner?.user === deployer && facts.owner.group === app.group;
  const isOld = facts.ground.some(({ kind, user }) => kind !== "way" && user !== deployer);
  if (isTheirs && facts.hasState && foreign.length === 0 && !isOld) return [];
  const ours = [state, `${state}/releases`, `${state}/hooks`];
  const give = (user: string, path: string, mode: string): Command =>
    sudo(["install", "-d", "-o", user, "-g", app.group, "-m", mode, path]);
  const isForged = foreign.some(({ kind, why }) => kind === "state" && why.startsWith("belongs to"));
  const exists = facts.ground.some(({ kind }) => kind === "versions");
  const own = exists ? [sudo(["chown", "-hR", `${deployer}:${app.group}`, versions])] : [];
  const shut = exists && !app.writable ? [sudo(["chmod", "-R", "ug-s,u+rwX,go+rX,go-w", versions])] : [];
  // Copied, not given: the app may hold one open.
  const copy = ({ path, isLink, mode }: Target["facts"]["ground"][number]): readonly Command[] => {
    if (path === layout.backends && !isLink && mode === 0) return [];
    const beside = `${path}.bgdeploy-new`;
    const bits = (mode & 0o755).toString(8).padStart(4, "0");
    return [
      noLink(path),
      sudo(["install", "-T", "-o", deployer, "-g", app.group, "-m", bits, path, beside]),
      sudo(["mv", "-fT", beside, path]),
    ];
  };
  return [
    give("root", destination, "0755"),
    noLink(versions),
    give("root", versions, "0755"),
    ...own,
    ...shut,
    ...(isForged ? [sudo(["mv", "-T", state, `${state}.${release.time}`])] : []),
    ...ours.flatMap((path) => [noLink(path), give("root", path, "0700")]),
    ...facts.ground.filter(({ kind, user }) => kind === "file" && user !== deployer).flatMap(copy),
    ...(deployer === "root" ? [] : handOver(layout, deployer, app.group)),
  ];
}

function noLink(path: string): Command {
  return sudo(["test", "!", "-L", path], { title: `see that ${path} is no link` });
}

function handOver({ destination, versions, state }: Layout, deployer: string, group: string): readonly Command[] {
  return [
    sudo(["chown", "-hR", `${deployer}:${group}`, state]),
    sudo(["chown", "-h", `${deployer}:${group}`, versions]),
    sudo(["chown", `${deployer}:${group}`, destination]),
  ];
}
