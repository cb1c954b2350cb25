import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import type { DownloadCommand } from "../../../lib/model/command.ts";
import { Secret } from "../../../lib/model/secret.ts";
import { quote } from "../../../lib/model/shell.ts";
import { fetchLine, unpackLine } from "../../../lib/remote/download-lines.ts";
import type { ArchiveServer } from "../../support/archive-server.ts";
import { serveArchives } from "../../support/archive-server.ts";
import type { Ran } from "./bash.ts";
import { bash } from "./bash.ts";

/** A server of archives, and a directory in which this machine is the host that downloads from it. */
export type DownloadScene = {
  readonly server: ArchiveServer;
  readonly directory: string;
  /** The download of `app.tar.gz`, which is to be these bytes. */
  readonly command: (bytes: Buffer, more?: Partial<DownloadCommand>) => DownloadCommand;
  readonly end: () => Promise<void>;
};

/** What signs the URLs of these tests: no output may show it. */
export const signature = "X-Amz-Signature=0123456789abcdef";

/** Begins a scene for one test; `end` closes the server and removes the directory. */
export async function aDownloadScene(): Promise<DownloadScene> {
  const server = await serveArchives("127.0.0.1");
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  return {
    server,
    directory,
    command(bytes, more = {}) {
      const shown = server.url("app.tar.gz");
      return {
        kind: "download",
        signature: undefined,
        url: new Secret(`${shown}?${signature}`),
        shown,
        headers: {},
        sha256: createHash("sha256").update(bytes).digest("hex"),
        strip: 0,
        program: "bin/shop",
        workspace: join(directory, "downloads"),
        partial: join(directory, "release"),
        to: join(directory, "complete"),
        against: [],
        ...more,
      };
    },
    async end() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
const owner = { asRoot: false, user: "nobody", group };

/** Runs one part of a download; what it found is the problem, in one text. */
export async function host(
  part: "fetch" | "unpack",
  given: DownloadCommand,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran & { readonly problem: string }> {
  const interrupt = join(dirname(given.partial), "interrupt");
  const line = part === "fetch" ? fetchLine(given, interrupt) : unpackLine(given, { owner, interrupt });
  const ran = await bash(`( eval ${quote(line.raw)} ) </dev/null; exit $?`, env);
  const problem = [...ran.output.matchAll(/^problem (.*)$/gm)].map(([, text]) => text).join("\n");
  assert.not.match(ran.output, "X-Amz");
  return { ...ran, problem };
}

export async function succeeds(part: "fetch" | "unpack", given: DownloadCommand, env = {}): Promise<void> {
  const { status, output } = await host(part, given, env);
  assert.is(status, 0, output);
}

/** The archive in the workspace, or what is there of it. */
export const held = (given: DownloadCommand): string => join(given.workspace, `${given.sha256}.archive`);
