/** An error of a user's own code as it reads: its sentence, then why, and where in their code it was. */
export type Thrown = { readonly sentence: string; readonly more: readonly string[] };

/** Lines of what a failed command said, and causes, that are shown. */
const most = 5;

/** Frames of ours in between, where we run from a checkout. */
const ours = ["lib/", "recipes/"].map((room) => new URL(`../../${room}`, import.meta.url).href);

export function readThrown(error: Error): Thrown {
  const causes = causesOf(error);
  const frame = [error, ...causes].map((each) => frameOf(each)).find((each) => each !== undefined);
  const [first = "no reason given", ...more] = reasonsOf(error);
  const why = causes.flatMap((each) => {
    const [reason = ""] = reasonsOf(each);
    return reason === "" || error.message.includes(each.message) ? [] : [`cause: ${nameOf(each)}${reason}`];
  });
  return {
    sentence: `${nameOf(error)}${first}`,
    more: [...more, ...why.slice(0, most), ...(frame === undefined ? [] : [`at ${frame}`])],
  };
}

/** Also those that an AggregateError holds, as one for each address that was tried. */
function causesOf(error: Error, seen: readonly Error[] = [error]): readonly Error[] {
  const several: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  const next = [error.cause, ...several].filter((each) => each instanceof Error).filter((each) => !seen.includes(each));
  return next.flatMap((each) => (seen.length > most ? [] : [each, ...causesOf(each, [...seen, each])])).slice(0, most);
}

function nameOf({ name }: Error): string {
  return name === "Error" || name === "" ? "" : `${name}: `;
}

/** zx puts the place, the status and all output into the message. */
function reasonsOf({ message }: Error): readonly string[] {
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  const status = lines.findIndex((line) => /^ {4}exit code: \d+/.test(line));
  if (status === -1)
    return lines
      .filter((line) => !/^ {4}at /.test(line))
      .map((line) => line.trim())
      .slice(0, most);
  const place = lines.findIndex((line) => /^ {4}at /.test(line));
  const said = lines.slice(0, place === -1 ? status : place);
  const code = lines[status]?.trim() ?? "";
  if (said.length > 0) return [...ends(said), code];
  const details = lines.slice(status + 1).filter((line) => line.trim() !== "details:");
  return [`a command failed (${code})`, ...details.slice(-most)];
}

/** Programs tell the reason first or last. */
function ends(lines: readonly string[]): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, 2), "…", ...lines.slice(3 - most)];
}

/** The uppermost place in the user's own code: `/srv/shop/deploy.config.ts:12`. */
function frameOf({ stack = "" }: Error): string | undefined {
  for (const line of stack.split("\n")) {
    const place = /^\s+at (?:.*\()?((?:file:\/\/)?\/[^()]*?:\d+)(?::\d+)?\)?$/.exec(line)?.[1];
    if (place === undefined || place.includes("/node_modules/") || ours.some((room) => place.startsWith(room)))
      continue;
    return place.startsWith("file://") ? decodeURI(place.slice("file://".length)) : place;
  }
  return undefined;
}
