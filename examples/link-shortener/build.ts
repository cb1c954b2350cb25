import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, parse, resolve } from "node:path";

const here = import.meta.dirname;
const out = resolve(process.argv[2] ?? join(here, "dist"));
// npm puts the parents' .bin on PATH; a bare `node build.ts` has to look there itself.
const path = [join(here, "../../node_modules/.bin"), process.env["PATH"]].join(delimiter);

rmSync(out, { recursive: true, force: true });
execFileSync("tsc", ["-p", join(here, "tsconfig.build.json"), "--outDir", out], {
  stdio: "inherit",
  env: { ...process.env, PATH: path },
});

const bin = join(out, "bin/link-shortener");
renameSync(`${bin}.js`, bin);
chmodSync(bin, 0o755);

mkdirSync(join(out, "static"));
for (const file of readdirSync(join(here, "static"))) {
  const content = readFileSync(join(here, "static", file));
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const { name, ext } = parse(file);
  writeFileSync(join(out, "static", `${name}.${hash}${ext}`), content);
}

const { name, version, type, engines } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
writeFileSync(join(out, "package.json"), `${JSON.stringify({ name, version, type, engines }, undefined, 2)}\n`);
if (process.env["VERSION"]) writeFileSync(join(out, "VERSION"), `${process.env["VERSION"]}\n`);
