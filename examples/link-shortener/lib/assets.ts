import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The files of static/ by path, held in memory: this process may outlive its release's folder. */
export function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const assets = readdirSync(folder).map((file) => ({
    name: file.replace(/\.[0-9a-f]{10}(?=\.)/, ""),
    path: `/static/${file}`,
    type: types[extname(file)] ?? "application/octet-stream",
    content: readFileSync(join(folder, file)),
  }));
  return new Map(assets.map(({ path, ...asset }) => [path, asset]));
}
