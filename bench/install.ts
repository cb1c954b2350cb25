import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../test/lab/command.ts";
import type { ToolName } from "./site.ts";
import { shipitDirectory, shipitVersion } from "./tools/shipit.ts";

export type Missing = { readonly name: ToolName; readonly why: string };

const root = join(import.meta.dirname, "..");

const packages: Partial<Readonly<Record<ToolName, { readonly name: string; readonly program: string }>>> = {
  capistrano: { name: "capistrano", program: "/usr/bin/cap" },
  ansible: { name: "ansible-core", program: "/usr/bin/ansible-playbook" },
};

/** Installs the peers that are wanted and not here, saying so; those that cannot be had are named, with the reason. */
export async function installTools(
  names: readonly ToolName[],
  say: (text: string) => void,
): Promise<{ readonly installed: readonly ToolName[]; readonly missing: readonly Missing[] }> {
  const missing: Missing[] = [];
  const wanted = names.flatMap((name) => packages[name] ?? []).filter(({ program }) => !existsSync(program));
  if (wanted.length > 0) {
    say(`bench: installing ${wanted.map(({ name }) => name).join(", ")} (what bgdeploy is compared with) with apt-get`);
    await run(["apt-get", "update", "-qq"]);
    const words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];
    await run(["env", "DEBIAN_FRONTEND=noninteractive", ...words, ...wanted.map(({ name }) => name)]);
  }
  for (const name of names) {
    const needed = packages[name];
    if (needed !== undefined && !existsSync(needed.program)) {
      missing.push({ name, why: `apt-get could not install ${needed.name}` });
    }
  }
  if (names.includes("shipit") && !existsSync(join(shipitDirectory, "node_modules/.bin/shipit"))) {
    say(
      `bench: installing shipit-cli ${shipitVersion} (what bgdeploy is compared with) with npm, in ${shipitDirectory}`,
    );
    const words = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", shipitDirectory];
    const { code, stderr } = await run([...words, `shipit-cli@${shipitVersion}`]);
    if (code !== 0) missing.push({ name: "shipit", why: `npm could not install it: ${stderr.trim().split("\n")[0]}` });
  }
  return { installed: names.filter((name) => !missing.some((each) => each.name === name)), missing };
}

/** Builds `dist`, as the published package has it. */
export async function buildPackage(): Promise<void> {
  const { code, stdout, stderr } = await run(["npm", "--prefix", root, "run", "--silent", "build"]);
  if (code !== 0) throw new Error(`bgdeploy could not be built:\n${stdout}${stderr}`);
}
