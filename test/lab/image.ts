import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { mustRun, run } from "./command.ts";
import { type Suite, particulars } from "./debian.ts";
import { LabError } from "./lab-error.ts";

/**
 * The root directory that all hosts share (read-only, as the lower layer of their disks). Built at the first call, with
 * the packages of that Debian release, or of the distribution that this machine itself runs, and kept under the cache
 * directory by the hash of its recipe. `log` hears when it is built. Throws a LabError with the build's last lines.
 */
export async function baseImage(log: (line: string) => void, suite?: Suite): Promise<string> {
  const own = distribution();
  const { id, codename } = suite === undefined ? own : { id: "debian", codename: suite };
  const extra = suite === undefined ? noParticulars : particulars(suite);
  const included = [...packages, ...extra.packages];
  const customize = join(import.meta.dirname, "customize.sh");
  const recipe = [id, codename, process.arch, ...included, ...mmdebstrapOptions, readFileSync(customize, "utf8")];
  if (extra.customize !== "") recipe.push(extra.customize);
  const hash = createHash("sha256").update(recipe.join("\n")).digest("hex").slice(0, 16);
  const image = join(cacheDirectory(), hash);
  if (existsSync(image)) return image;

  log(`lab: building the hosts' image (${id} ${codename}; once, about a minute) in ${image}`);
  const begin = performance.now();
  await mkdir(cacheDirectory(), { recursive: true });
  const { code } = await run([
    // The whole build runs under the lock, so that it is held until the last process of a build has ended, even if we are killed.
    "flock",
    `${image}.lock`,
    "sh",
    "-c",
    buildScript,
    "build",
    image,
    "mmdebstrap",
    "--mode=root",
    "--variant=minbase",
    ...mmdebstrapOptions,
    `--include=${included.join(",")}`,
    ...(await aptOptions()),
    `--customize-hook=sh '${customize.replaceAll("'", `'\\''`)}' "$1"`,
    ...(extra.customize === "" ? [] : [`--customize-hook=set -eu${extra.customize}`]),
    codename,
    `${image}.building`,
    ...(id === own.id && codename === own.codename ? await sources(id) : await debianSources(own, codename)),
  ]);
  if (code !== 0) {
    const lines = readFileSync(`${image}.log`, "utf8").trim().split("\n");
    throw new LabError(`The image could not be built (${image}.log):\n${lines.slice(-8).join("\n")}`);
  }
  log(`lab: image built in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  return image;
}

const noParticulars: ReturnType<typeof particulars> = { packages: [], customize: "" };

const packages = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "libpam-systemd",
  "openssh-server",
  "nginx-light",
  "sudo",
  "rsync",
  "bash",
  "fish",
  "iproute2",
  "procps",
  "util-linux",
  "curl",
  "zstd",
  "ca-certificates",
  "libstdc++6", // the machine's own Node, which is lent to the hosts, is linked to it
];

const mmdebstrapOptions = [
  "--dpkgopt=force-unsafe-io",
  ...["doc", "man", "locale", "info"].map((unread) => `--dpkgopt=path-exclude=/usr/share/${unread}/*`),
];

/**
 * $1: the image; the rest: the command that makes `$1.building`. A killed build's remains are never taken for an image, and
 * its mounts end with their namespace. Output goes to a file: should we be killed, the build goes on and is used next time.
 */
const buildScript = `
umask 022
image=$1; shift
[ -d "$image" ] && exit 0
exec > "$image.log" 2>&1
rm -rf --one-file-system "$image.building"
unshare --mount --pid --fork --kill-child --mount-proc "$@" && mv -T "$image.building" "$image"
`;

function cacheDirectory(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "bgdeploy-lab");
}

type Distribution = { readonly id: string; readonly codename: string };

/** os-release(5): the hosts run what this machine runs, because its apt sources are the ones that are sure to answer. */
function distribution(): Distribution {
  const text = readFileSync("/etc/os-release", "utf8");
  const value = (key: string): string => new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return { id: value("ID"), codename: value("VERSION_CODENAME") };
}

/** This machine's own apt sources of its distribution, without those of third parties. */
async function sources(id: string): Promise<readonly string[]> {
  await run(["apt-get", "update", "-qq"]); // a source's origin is known from its lists only
  const keyring = `/usr/share/keyrings/${id}-archive-keyring.gpg`;
  const options = existsSync(keyring) ? `[signed-by=${keyring}] ` : "";
  const format = `$(ORIGIN)\tdeb ${options}$(REPO_URI) $(RELEASE) $(COMPONENT)`;
  const targets = await mustRun(["apt-get", "indextargets", "--format", format, "Created-By: Packages"]);
  const lines = targets.split("\n").map((line) => line.split("\t"));
  const ours = lines.filter(([origin]) => origin?.toLowerCase() === id).map(([, line = ""]) => line);
  if (ours.length === 0) throw new LabError(`apt on this machine has no source of ${id} packages (apt-get update).`);
  return [...new Set(ours)];
}

/** Another Debian release, from the mirror that this machine has its own from, if it is a Debian. */
async function debianSources(own: Distribution, codename: string): Promise<readonly string[]> {
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  if (!existsSync(keyring))
    throw new LabError(`${codename} needs Debian's keys: apt-get install debian-archive-keyring`);
  const known = own.id === "debian" ? (await sources(own.id)).map((line) => line.split(" ")) : [];
  const mirror = known.find((words) => words.includes(own.codename))?.find((word) => word.includes("://"));
  return [`deb [signed-by=${keyring}] ${mirror ?? "http://deb.debian.org/debian"} ${codename} main`];
}

/** mmdebstrap reads no apt.conf of this machine; what is set there to reach and believe a mirror is needed all the same. */
async function aptOptions(): Promise<readonly string[]> {
  const dump = await mustRun(["apt-config", "dump", "--no-empty"]);
  const wanted = dump.split("\n").filter((line) => /^Acquire::(.*proxy|Check-Valid-Until|Check-Date)/i.test(line));
  return wanted.map((line) => `--aptopt=${line}`);
}
