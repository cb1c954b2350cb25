import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const project = join(import.meta.dirname, "../..");

/** A build in a folder of its own, and the processes started from it. */
export class BuiltApp {
  readonly folder = mkdtempSync(join(tmpdir(), "link-shortener-"));
  readonly bin: string;
  readonly #children: ChildProcess[] = [];

  constructor(version: string) {
    this.bin = join(build(join(this.folder, "dist"), version), "bin/link-shortener");
  }

  /** Starts the bin on a free port; resolves when it says that it serves. */
  async serve(env: Readonly<Record<string, string>> = {}) {
    const child = spawn(this.bin, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env["PATH"], PORT: "0", LINK_SHORTENER_DATA: join(this.folder, "links.ndjson"), ...env },
    });
    this.#children.push(child);
    const [line] = await once(createInterface(child.stdout), "line");
    const url = String(line).replace(/.* serves /, "");
    const stopped = once(child, "exit").then(([code]) => code);
    return { url, port: url.startsWith("/") ? "" : new URL(url).port, child, stopped };
  }

  remove(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }
}

export function build(out: string, version: string): string {
  execFileSync(process.execPath, [join(project, "build.ts"), out], { env: { ...process.env, VERSION: version } });
  return out;
}
