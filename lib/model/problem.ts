/**
 * A command for a person to paste: into a shell on the host that has the problem, or here. It may only look closer.
 * `fedBy` is a command here whose output it reads.
 */
export type Mend = { readonly on: "host" | "here"; readonly line: string; readonly fedBy: string | undefined };

/** Something that will fail: a sentence without its end, and what mends it. `lead` joins both: `Install it`. */
export type Problem = { readonly what: string; readonly lead: string | undefined; readonly mend: Mend | undefined };

export function onHost(line: string, fedBy?: string): Mend {
  return { on: "host", line, fedBy };
}

export function here(line: string): Mend {
  return { on: "here", line, fedBy: undefined };
}

/**
 * @param lead `undefined` where the sentence itself names the command already.
 * @example problem("rsync is not installed", "Install it", onHost("sudo apt-get install rsync"))
 */
export function problem(what: string, lead?: string, mend?: Mend): Problem {
  return { what, lead, mend };
}

/** @example "rsync is not installed. Install it: sudo apt-get install rsync" */
export function sentenceOf({ what, lead, mend }: Problem): string {
  return lead === undefined || mend === undefined ? what : `${what}. ${lead}: ${mend.line}`;
}
