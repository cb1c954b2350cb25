import { fetchSource, unpackSource } from "../../host/download.ts";
import type { DownloadCommand } from "../model/command.ts";
import { Secret } from "../model/secret.ts";
import type { Line } from "../model/shell.ts";
import { joinLines, rawLine, sh } from "../model/shell.ts";
import type { Ownership } from "./rsync.ts";
import { releaseWords } from "./rsync.ts";

/** `interrupt`: absolute path of the file whose presence ends the download. */
export type DownloadSettings = { readonly owner: Ownership; readonly interrupt: string };

/** What the host does first: the archive in the workspace, whole and with the right sum. */
export function fetchLine({ workspace, url, shown, headers, sha256 }: DownloadCommand, interrupt: string): Line {
  const host = new URL(shown).hostname;
  const lines = new Secret(headerLines(headers));
  const known = sh`bg_sum=${sha256} bg_shown=${shown} bg_host=${host} bg_url=${url} bg_headers=${lines}`;
  return joinLines([place(workspace, interrupt), known, rawLine(fetchSource)], "\n");
}

/** What it does then: the release in the partial directory; the workspace goes. */
export function unpackLine(command: DownloadCommand, { owner, interrupt }: DownloadSettings): Line {
  const { workspace, sha256, shown, strip, program, partial, against } = command;
  const known = sh`bg_file=${sha256}.archive bg_shown=${shown} bg_strip=${strip} bg_program=${program} bg_partial=${partial}`;
  const words = sh`bg_words=(${releaseWords({ against, keepTimes: false }, owner)})`;
  return joinLines([place(workspace, interrupt), known, words, rawLine(unpackSource)], "\n");
}

function place(workspace: string, interrupt: string): Line {
  return sh`bg_dir=${workspace} bg_interrupt=${interrupt}`;
}

/** Lines of a config file of curl(1): in quotes, a backslash stands before a quote and a backslash. */
function headerLines(headers: DownloadCommand["headers"]): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.reveal()}`);
  return lines.map((line) => `header = "${line.replaceAll(/["\\]/g, String.raw`\$&`)}"\n`).join("");
}
