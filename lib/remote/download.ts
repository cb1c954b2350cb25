import { RemoteError, UserError } from "../errors.ts";
import type { DownloadCommand } from "../model/command.ts";
import { shell } from "../model/command.ts";
import { Secret, maskSecrets } from "../model/secret.ts";
import type { DownloadSettings } from "./download-lines.ts";
import { fetchLine, unpackLine } from "./download-lines.ts";
import type { Sending } from "./rsync.ts";
import type { Session } from "./session.ts";

/**
 * Has a host download an archive and unpack it. `progress` hears how far it is. Rejects with a `UserError` for what the
 * host could name, which is what a person can mend.
 */
export async function download(
  session: Session,
  command: DownloadCommand,
  settings: DownloadSettings,
  { progress }: { readonly progress: (sending: Sending) => void },
): Promise<void> {
  const commands = [
    shell("download the archive", fetchLine(command, settings.interrupt)),
    shell("unpack the archive", unpackLine(command, settings)),
  ];
  try {
    await session.run(commands, settings.owner.asRoot, {
      output: (_, text) => {
        const said = lastProgress(text);
        if (said !== undefined) progress(said);
      },
    });
  } catch (error) {
    throw error instanceof RemoteError ? namedProblem(error, command) : error;
  }
}

/** Of `progress <bytes> <all bytes, or 0>` lines the last. */
function lastProgress(output: string): Sending | undefined {
  const [, done, all] = [...output.matchAll(/^progress (\d+) (\d+)$/gm)].at(-1) ?? [];
  if (done === undefined) return undefined;
  const percent = Number(all) === 0 ? undefined : Math.floor((100 * Number(done)) / Number(all));
  return { percent, bytes: Number(done), files: 0 };
}

/** The sentences that the host's script found for what went wrong; without any, the failure as it is. */
function namedProblem(error: RemoteError, { url, headers }: DownloadCommand): Error {
  const [, ...rest] = url.reveal().split("?");
  // Without a query there is nothing secret in it.
  const signed = rest.length === 0 ? [] : [url, new Secret(rest.join("?"))];
  const secrets = [...signed, ...Object.values(headers)];
  const mask = (text: string): string => maskSecrets(text, secrets);
  const [sentence, ...next] = [...error.output.matchAll(/^problem (.*)$/gm)].map(([, text = ""]) => mask(text));
  const { host, line, status, output } = error;
  if (sentence === undefined) return new RemoteError({ host, title: "download", line, status, output: mask(output) });
  return new UserError([`${host}: ${sentence}`, ...next], { cause: error });
}
