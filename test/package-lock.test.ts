import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

type Entry = {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

const root = join(import.meta.dirname, "..");
const read = (name: string) => JSON.parse(readFileSync(join(root, name), "utf8"));
const manifest: Entry & { readonly name: string } = read("package.json");
const packages: Readonly<Record<string, Entry>> = read("package-lock.json").packages;
const { "": top = {}, ...installed } = packages;

/** Where Node finds a package from another one: in its own node_modules, or in one above. */
function isLocked(name: string, from: string): boolean {
  const above = from.lastIndexOf("/node_modules/");
  return (
    Object.hasOwn(packages, `${from}/node_modules/${name}`) ||
    (above === -1 ? Object.hasOwn(packages, `node_modules/${name}`) : isLocked(name, from.slice(0, above)))
  );
}

// npm leaves the packages of other platforms out of a lock that it makes beside a node_modules; `npm ci` then fails there.
test("the lock holds what every platform needs", () => {
  const missing = Object.entries(installed).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isLocked(name, path))
      .map((name) => `${path} needs ${name}`),
  );
  assert.equal(missing, []);
});

test("the lock is that of package.json", () => {
  const { dependencies, devDependencies } = manifest;
  assert.equal([top.dependencies, top.devDependencies], [dependencies, devDependencies]);
});

test("every package is known by its hash, and none by where it came from", () => {
  const bad = Object.entries(installed).filter(
    ([, { version, integrity = "", resolved, link }]) =>
      version === undefined || resolved !== undefined || link === true || !/^sha512-[\w+/]{86}==$/.test(integrity),
  );
  assert.equal(
    bad.map(([path]) => path),
    [],
  );
});

// zx: keepingLittle() in lib/remote/dollar.ts; cosmiconfig: what it runs by itself, in lib/config/load.ts.
test("what relies on the inside of a package asks for one version of it", () => {
  const { zx, cosmiconfig } = manifest.dependencies ?? {};
  assert.match(zx ?? "", /^\d+\.\d+\.\d+$/);
  assert.match(cosmiconfig ?? "", /^\d+\.\d+\.\d+$/);
});

test.run();
