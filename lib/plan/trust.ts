import { serviceDirectories, untrustedGround } from "../model/ground.ts";
import type { Untrusted } from "../model/ground.ts";
import type { Problem } from "../model/problem.ts";
import { here, onHost, problem } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import { strictProblems } from "./strict.ts";

/** A host, and what is deployed there. */
type Place = Pick<Target, "app" | "facts" | "layout">;

/** What would let the app, or another user of the host, act as whoever deploys. With `appCanActAsDeployer` the app may. */
export function trustProblems(target: Target, stage: string): readonly Problem[] {
  const accepted = target.app.appCanActAsDeployer;
  return [...(accepted ? [] : trustWarnings(target)), ...groundProblems(target, stage), ...giftProblems(target)];
}

/** What `appCanActAsDeployer` accepts, said where it is accepted. */
export function trustWarnings(target: Target): readonly Problem[] {
  return actingProblems(target, target.facts.user.name);
}

/** Could the app act as `me`, who deploys? */
function actingProblems({ app, facts }: Pick<Target, "app" | "facts">, me: string): readonly Problem[] {
  const isRoot = me === "root" || (facts.sudo.kind === "root" && me === facts.user.name);
  const can = isRoot ? "become root" : `use the sudo rules of ${me}`;
  const accept = "or accept it: appCanActAsDeployer: true";
  return [
    ...(app.exec.user === me
      ? [
          problem(
            `the app would run as ${me}, the deploy user: an attacker who takes it over could ${can}. Set exec: { user: "…" } to another user, ${accept}`,
          ),
        ]
      : []),
    ...(isRoot && app.user !== undefined && app.user !== me
      ? [
          problem(
            `the files would belong to \`user\` ${app.user}, but root executes some of them: ${app.user} could become root. Leave \`user\` out, ${accept}`,
          ),
        ]
      : []),
  ];
}

/**
 * systemd gives a directory that another owns to the service's user, with all that is in it, as soon as a unit starts: to the
 * live version, whose user was another, it is then lost; and a directory of the system's would be the app's.
 */
function giftProblems({ app, facts }: Target): readonly Problem[] {
  const { user } = app.exec;
  const ours = serviceDirectories(app);
  const others = facts.serviceDirectories.filter((each) => ours.includes(each.path) && each.user !== user);
  return others.map(({ path, user: owner }) =>
    problem(
      `${path} belongs to ${owner}, and systemd would give it to ${user} when the new version starts, even while another version still writes there. If the directory is this app's, turn maintenance mode on first`,
      "Then change its owner",
      onHost(`chown -R ${quote(`${user}:`)} ${quote(path)}`),
    ),
  );
}

/** Directories that others can change. What root can take over, and what the ssh user can close, the run does itself. */
function groundProblems(target: Target, stage: string): readonly Problem[] {
  const { facts } = target;
  const setup = here(`bgdeploy setup ${stage} --as root`);
  const ours = untrusted(facts).filter(({ kind }) => kind !== "way");
  const problems = ours.flatMap((each) => {
    const { path, kind, why } = each;
    if (isMended(each, facts)) return [];
    if (each.why === "is a symbolic link") {
      const advice = kind === "versions" ? "Set `destination` to its target" : "Check it, then remove it";
      return [problem(`${path} is a symbolic link, so its target could change at any time. ${advice}`)];
    }
    // Said already as a place that may not be written to.
    if (kind === "destination" && facts.destination === "not-writable") return [];
    const not = why.startsWith("belongs") ? `, not to ${facts.user.name}` : "";
    return [problem(`${path} ${why}${not}`, "Change its owner", setup)];
  });
  return [...wayProblems(target), ...problems, ...dataProblems(target)];
}

/** What the live version writes to, it must not lose the right to while it serves. */
function dataProblems({ app, facts, layout }: Target): readonly Problem[] {
  const [first, ...more] = facts.filesBeside;
  if (first === undefined || facts.owner?.user !== app.exec.user) return [];
  const { destination } = layout;
  const names = `${first}${more.length === 0 ? "" : ` and ${more.length} more`}`;
  return [
    problem(
      `${destination} belongs to the app's user ${app.exec.user}, who has files of its own there (${names}): once the app no longer owns the directory, it cannot replace them or create new ones. Move its data first ("Moving data out of the destination" in docs/config.md)`,
      "For files that the app does not write, change the owner to root",
      onHost(`chown -h root ${quote(`${destination}/${first}`)}`),
    ),
  ];
}

/** Directories on the way to the destination that others can change: nobody takes those over. */
export function wayProblems({ app, facts, layout }: Place): readonly Problem[] {
  if (app.appCanActAsDeployer) return [];
  const then = facts.sudo.kind === "root" ? ", and root would run it" : "";
  const ways = untrusted(facts).filter(({ kind }) => kind === "way");
  return ways.map(({ path, why }) =>
    problem(
      `${path}, which leads to ${layout.destination}, ${why}: others could replace the app's files${then}. Give it to root (chown root, chmod go-w), or set \`destination\` elsewhere`,
    ),
  );
}

/**
 * Why setup must not go on: what every run would refuse afterwards, and where others could lead elsewhere what setup does as
 * root. The latter is no more than they will have where they may write the unit afterwards; with `strict` it is.
 */
export function setupProblems(target: Target, deployer: string): readonly Problem[] {
  const { app, facts, layout } = target;
  const acting = app.appCanActAsDeployer ? [] : actingProblems(target, deployer);
  // What a strict host still lacks, setup brings.
  const mode = layout.strict ? [] : strictProblems(target, "");
  const refused = [...acting, ...mode, ...dataProblems(target), ...giftProblems(target)];
  if (app.appCanActAsDeployer && !layout.strict) return refused;
  const ways = untrustedGround(facts.ground, layout.strict ? "root" : deployer).filter(({ kind }) => kind === "way");
  const problems = ways.map(({ path, why }) =>
    problem(
      `${path}, which leads to ${layout.destination}, ${why}: what setup does there as root could be redirected. Give it to root (chown root, chmod go-w), or set \`destination\` elsewhere`,
    ),
  );
  return [...problems, ...refused];
}

/** What root takes over in a run, as sentences. */
export function takeoverWarnings({ facts, layout, app }: Target): readonly Problem[] {
  if (facts.sudo.kind !== "root") return [];
  const ours = untrusted(facts).filter((each) => each.kind !== "way" && isMended(each, facts));
  const owners = [...new Set(ours.filter(({ why }) => why.startsWith("belongs to")).map(({ user }) => user))];
  if (ours.length === 0) return [];
  const before = owners.length > 0 ? `belonged to ${owners.join(" and ")}` : "could be written to by others";
  const advice =
    owners.includes(app.exec.user) && !app.writable ? ". Where the app keeps data of its own: `state: true`" : "";
  const aside = ours.some(({ kind, why }) => kind === "state" && why.startsWith("belongs to"))
    ? `. Its records may be forged and are set aside (${layout.state}.*)`
    : "";
  return [
    problem(
      `${layout.destination} ${before}: from this run on root owns it and its releases, so that nobody else can change what root executes${aside}${advice}`,
    ),
  ];
}

/** Why nothing may be written on a host but by a run, which takes over what is not safe yet. */
export function refuseGround(place: Place, stage: string): readonly Problem[] {
  const { facts } = place;
  const ours = untrusted(facts).filter(({ kind }) => kind !== "way");
  const problems = ours.map((each) => {
    const [lead, mend] = isMended(each, facts)
      ? ["A run makes it safe", `bgdeploy run ${stage}`]
      : ["Change its owner", `bgdeploy setup ${stage} --as root`];
    return problem(`${each.path} ${each.why}, so a write there could be redirected`, lead, here(mend));
  });
  return [...wayProblems(place), ...problems].slice(0, 1);
}

/** Whatever others than root and the ssh user can change. */
function untrusted(facts: Target["facts"]): readonly Untrusted[] {
  const me = facts.sudo.kind === "root" ? "root" : facts.user.name;
  const others = untrustedGround(facts.ground, me);
  // Root may change everything, but what it leaves behind its successors may not.
  const roots = facts.ground.filter(
    ({ kind, uid, isLink }) => kind !== "way" && kind !== "file" && !isLink && uid === 0 && facts.sudo.kind !== "root",
  );
  return [...others, ...roots.map((each) => ({ ...each, why: "belongs to root" }))];
}

function isMended({ kind, user, why }: Untrusted, { sudo, user: me }: Target["facts"]): boolean {
  if (kind === "way" || why === "is a symbolic link") return false;
  return sudo.kind === "root" || user === me.name;
}
