import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../../lab/lab.ts";
import { publicAddress } from "../../lab/network.ts";
import type { Answering, ArchiveServer } from "../../support/archive-server.ts";
import { serveArchives } from "../../support/archive-server.ts";
import { program } from "../../support/bgdeploy.ts";
import type { Project } from "../../support/project.ts";

/** What signs the URLs of these tests: it may be seen by no one. */
export const signature = "X-Amz-Signature=5fb01c0ffee5fb01c0ffee";

/** A storage that a lab's hosts reach, with archives of what a project builds. */
export type Store = ArchiveServer & {
  /**
   * Builds a version, packs it, offers it under its name and removes `dist`. Gives the options of `upload()`, as text.
   * `words` go to tar before the name of what is packed.
   */
  offer(version: string, answering?: Answering, ...words: readonly string[]): Promise<string>;
};

export async function aStore(
  lab: Lab,
  project: Project,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Store> {
  const server = await serveArchives(publicAddress(lab.id, 1), tls);
  return {
    ...server,
    async offer(version, answering = {}, ...words) {
      await project.build(version);
      const file = join(project.directory, "app.tar.gz");
      const more = words.length > 0 ? words : ["-C", "dist", "."];
      const { code, stderr } = await program(["tar", "-czPf", file, ...more], { cwd: project.directory });
      if (code !== 0) throw new Error(stderr);
      const bytes = await readFile(file);
      await rm(file);
      await rm(join(project.directory, "dist"), { recursive: true });
      server.set(`${version}.tar.gz`, { bytes, ...answering });
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return `from: ${JSON.stringify(`${server.url(`${version}.tar.gz`)}?${signature}`)}, sha256: "${sha256}"`;
    },
  };
}

/** The settings of a stage whose hosts download their release. */
export function downloading(options: string): string {
  return `tasks: deploy({ upload: { ${options} } }),`;
}
