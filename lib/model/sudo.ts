/**
 * What the ssh user may run with sudo and without a password, as `sudo -n -l` lists it. `root` needs none.
 * `sudo -n -l COMMAND` alone proves nothing: it answers 0 where a password would be asked.
 */
export type SudoRules =
  | { readonly kind: "root" }
  | {
      readonly kind: "rules";
      readonly rules: readonly string[];
      /** Paths in rules that are not the program that runs under its name here: such a rule allows nothing. Default: none. */
      readonly elsewhere?: readonly string[];
      /** What sudo says of an entry that it ignores: sudo-rs takes no wildcard in arguments. */
      readonly complaint?: string;
    }
  | { readonly kind: "none"; readonly reason: string };

/** A command that some task runs with sudo: without their rule `needed` ones are refused, others skipped. */
export type SudoNeed = {
  readonly words: readonly string[];
  readonly needed: boolean;
  readonly why: string;
  /** Others that do the same together. */
  readonly instead?: readonly (readonly string[])[];
};

/** What sudo told a user, and of the paths in its rules those that are `elsewhere`. */
export function sudoRules(uid: number, listing: string, elsewhere: readonly string[]): SudoRules {
  if (uid === 0) return { kind: "root" };
  const rules = parseSudoListing(listing);
  const lines = listing.trim().split("\n");
  const complaint = lines.find((line) => line.includes("wildcards are not allowed"))?.slice(0, longestRule);
  if (rules.length > 0) return { kind: "rules", rules, elsewhere, ...(complaint !== undefined && { complaint }) };
  // Without the host's name, so that many hosts say the same.
  const last = lines
    .at(-1)
    ?.slice(0, longestRule)
    .replace(/ on \S+\.$/, "");
  return { kind: "none", reason: complaint ?? last ?? "" };
}

/**
 * Reads the NOPASSWD commands for root out of `sudo -n -l`. The last rule that matches a command decides, so one that
 * asks for a password is kept as a denial: `%sudo ALL=(ALL) ALL` after a NOPASSWD rule takes that back.
 */
export function parseSudoListing(listing: string): readonly string[] {
  const unfolded = listing.replaceAll(/\n {5,}/g, " ").split("\n");
  const rules = unfolded.flatMap((line) => {
    const match = /^ {4}\((?<runas>[^)]*)\)\s+(?<rest>.*)$/s.exec(line);
    const runas = match?.groups?.["runas"] ?? "";
    return /^(ALL|root)\b/.test(runas) ? passwordless(match?.groups?.["rest"] ?? "") : [];
  });
  return rules.some((rule) => !rule.startsWith("!")) ? rules : [];
}

/**
 * Does a rule allow this command? A rule names its program by a path, which has to be that of the program here (where `/bin`
 * is a link to `/usr/bin`, both are). Arguments are compared as sudoers(5) does: none in the rule allow any, `*` matches across words.
 */
export function allows(sudo: SudoRules, words: readonly string[]): boolean {
  switch (sudo.kind) {
    case "root":
      return true;
    case "none":
      return false;
    case "rules": {
      let allowed = false;
      for (const rule of sudo.rules) {
        const denied = rule.startsWith("!");
        if (matches(denied ? rule.slice(1) : rule, words, sudo.elsewhere)) allowed = !denied;
      }
      return allowed;
    }
  }
}

/** May everything be run? Then `setup` needs no other user. */
export function allowsAll(sudo: SudoRules): boolean {
  return sudo.kind === "root" || (sudo.kind === "rules" && sudo.rules.includes("ALL"));
}

/** Is there a rule for this command that asks for a password, or forbids it? */
export function asksFor(sudo: SudoRules, words: readonly string[]): boolean {
  return (
    sudo.kind === "rules" &&
    !allows(sudo, words) &&
    sudo.rules.some((rule) => rule.startsWith("!") && matches(rule.slice(1), words, sudo.elsewhere))
  );
}

/** Why a command is not allowed though a rule was meant for it, as part of a sentence. */
export function whyIgnored(sudo: SudoRules, words: readonly string[], found: string | undefined): string | undefined {
  if (sudo.kind !== "rules") return undefined;
  const named = misplaced(sudo, words);
  if (named !== undefined) return `its rule names ${named}, but here it is ${found ?? "elsewhere"}`;
  return sudo.complaint === undefined ? undefined : `sudo says: ${sudo.complaint}`;
}

/** The path in a rule that would allow this command if the program stood there. */
function misplaced(sudo: SudoRules, words: readonly string[]): string | undefined {
  if (sudo.kind !== "rules" || allows(sudo, words)) return undefined;
  const paths = sudo.rules.filter((each) => matches(each, words)).map((rule) => rule.split(" ", 1)[0]);
  return paths.find((path) => path !== undefined && sudo.elsewhere?.includes(path));
}

/** The rules with a wildcard that let one of these commands pass: they let others pass, too. */
export function wildcardRules(sudo: SudoRules, commands: readonly (readonly string[])[]): readonly string[] {
  if (sudo.kind !== "rules") return [];
  const wild = sudo.rules.filter((rule) => !rule.startsWith("!") && /[*?[]/.test(rule.replaceAll(/\\./g, "")));
  return [...new Set(wild)].filter((rule) => commands.some((words) => matches(rule, words, sudo.elsewhere)));
}

function passwordless(rest: string): readonly string[] {
  let asks = true;
  const rules: string[] = [];
  for (const part of splitList(rest)) {
    const tags = /^(?:[A-Z_]+:\s*)+/.exec(part)?.[0] ?? "";
    if (/\bNOPASSWD:/.test(tags)) asks = false;
    if (/\bPASSWD:/.test(tags.replaceAll("NOPASSWD:", ""))) asks = true;
    const rule = part.slice(tags.length).trim();
    rules.push(asks && !rule.startsWith("!") ? `!${rule}` : rule);
  }
  return rules;
}

/** Splits at commas that no backslash escapes; sudo-rs escapes none, but sets a blank behind those that part commands. */
function splitList(text: string): readonly string[] {
  return text.split(/(?<!\\),(?:\s+|$)/).filter((part) => part !== "");
}

/** Characters of the arguments in a rule that is ours. */
const longestRule = 4000;

function matches(rule: string, words: readonly string[], elsewhere: readonly string[] = []): boolean {
  if (rule === "ALL") return true;
  const [program = "", ...rest] = words;
  const space = rule.indexOf(" ");
  const path = space === -1 ? rule : rule.slice(0, space);
  if (basename(path) !== basename(program) || elsewhere.includes(path)) return false;
  if (program.startsWith("/") && withoutUsr(path) !== withoutUsr(program)) return false;
  if (space === -1) return true;
  const pattern = rule.slice(space + 1);
  if (pattern.length > longestRule) return false;
  if (pattern === '""') return rest.length === 0;
  // Most rules name their command in full; a pattern for each of them would take longer than all else of a plan.
  return /[*?[\\]/.test(pattern) ? wildcard(pattern, rest.join(" ")) : pattern === rest.join(" ");
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `/bin` and `/usr/bin` are one directory, unless the host says that the path is elsewhere. */
function withoutUsr(path: string): string {
  return path.replace(/^\/usr(?=\/s?bin\/)/, "");
}

/** One place of a pattern: any text, or what one character must be. */
type Part = "any" | ((character: string) => boolean);

/**
 * fnmatch(3) as sudoers uses it: `*`, `?`, `[…]`, and a backslash that takes the next character as it is. A host writes the
 * rules, and a regular expression made of many `*` never ends; here only the last one is tried further.
 */
function wildcard(pattern: string, text: string): boolean {
  const parts = partsOf(pattern);
  let [at, part] = [0, 0];
  let last: { readonly part: number; at: number } | undefined;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted === "any") last = { part: ++part, at };
    else if (wanted?.(text.charAt(at)) === true) [at, part] = [at + 1, part + 1];
    else if (last === undefined) return false;
    else [at, part] = [(last.at += 1), last.part];
  }
  return parts.slice(part).every((each) => each === "any");
}

function partsOf(pattern: string): readonly Part[] {
  const tokens = pattern.matchAll(/\\([^])|\[([!^]?)([^\]]{1,100})\]|[^]/g);
  return [...tokens].map(([token, escaped, not, members]): Part => {
    if (members !== undefined) {
      const isMember = memberOf(members);
      return not !== "" ? (character) => !isMember(character) : isMember;
    }
    if (token === "*") return "any";
    if (token === "?") return () => true;
    return (character) => character === (escaped ?? token);
  });
}

/** `a-z` is a range. */
function memberOf(members: string): (character: string) => boolean {
  return (character) => {
    for (let at = 0; at < members.length; at += 1) {
      const from = members.charAt(at);
      const isRange = members.charAt(at + 1) === "-" && at + 2 < members.length;
      if (isRange ? from <= character && character <= members.charAt(at + 2) : from === character) return true;
      if (isRange) at += 2;
    }
    return false;
  };
}
