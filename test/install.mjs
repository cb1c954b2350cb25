// Installs the npm packages where they are missing, saying so. Runs before `npm test` and `npm run demo`, under any Node
// from 20 on, so it is plain JavaScript. What it installs brings the Node that runs everything else.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");

const missing = missingPackages();
if (missing.length > 0) {
  const few = missing.length > 5 ? `${missing.length} npm packages` : missing.join(", ");
  console.log(`install: ${few} into node_modules, with npm ci`);
  // What the lock names, and nothing else: it fails where package.json asks for something newer.
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: ownSettings() });
  const left = status === 0 ? missingPackages() : missing;
  if (left.length > 0) {
    console.error(`install: npm ci ended with status ${status}; missing: ${left.slice(0, 5).join(", ")}`);
    process.exitCode = 1;
  }
}

/** Names with versions of what the lock file asks for and node_modules lacks. Packages of other platforms may be missing. */
function missingPackages() {
  const wanted = readLock("package-lock.json");
  const found = readLock("node_modules/.package-lock.json");
  const outdated = Object.entries(wanted).filter(([path, { version, optional }]) => {
    const has = found[path];
    return path !== "" && (has === undefined ? optional !== true : has.version !== version);
  });
  const names = outdated.map(([path, { version }]) => `${path.replace(/^.*node_modules\//, "")}@${version}`);
  return existsSync(join(root, "node_modules/.bin/node")) || names.length > 0 ? names : ["node"];
}

function readLock(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : {};
}

/** npm hands its own settings down as variables; those of this run (`npm test --silent`) are not meant for the install. */
function ownSettings() {
  const { npm_config_loglevel: _, ...rest } = process.env;
  return rest;
}
