import { show } from "./path.ts";

/** What is wrong with a name; `undefined` when nothing is. The names end up in paths, units, sudo rules and shell lines. */
type Rule = (name: string) => string | undefined;

/** An app or an executable. */
export const nameProblem: Rule = (name) =>
  /^\w[\w-]*$/.test(name) ? undefined : `${show(name)} may hold only letters, digits, _ and -, and starts with no -`;

/** A version is part of a directory's name on the host. */
export const versionProblem: Rule = (version) => {
  if (!/^[\w+][\w.+-]*$/.test(version)) {
    return `${show(version)} may hold only letters, digits and . _ + -, and starts with no . or -`;
  }
  return version.length > 120 ? `is ${version.length} characters long; 120 are allowed` : undefined;
};

/** A user or a group, as useradd(8) and systemd take it. */
export const userProblem: Rule = (name) =>
  /^[A-Za-z_][\w.-]{0,31}$/.test(name)
    ? undefined
    : `${show(name)} is no user or group name: letters, digits and . _ -, starting with a letter or _, at most 32`;

export const envNameProblem: Rule = (name) =>
  /^[A-Za-z_]\w*$/.test(name)
    ? undefined
    : `${show(name)} is not a name of letters, digits and _ that starts with no digit`;

/** What nginx's `server_name` takes without a quote. */
export const domainProblem: Rule = (domain) =>
  /^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(domain) ? undefined : `${show(domain)} is no domain name, such as "shop.example"`;

export const urlProblem: Rule = (url) =>
  /^https?:\/\/[^\s/]/.test(url) && URL.canParse(url) && !hasControl(url)
    ? undefined
    : `${show(url)} is no URL, such as "https://shop.example"`;

/** The path of an HTTP request, which is sent as it is. */
export const httpPathProblem: Rule = (path) => {
  if (!path.startsWith("/")) return `${show(path)} must start with /`;
  return /^[\x21-\x7e]+$/.test(path)
    ? undefined
    : `${show(path)} may hold no spaces, and only ASCII: percent-encode the rest`;
};

/** One line of a unit file, or one word of a command line. */
export const lineProblem: Rule = (text) => {
  if (/[\n\r]/.test(text)) return `${show(text)} holds a line break`;
  return hasControl(text) ? `${show(text)} holds a control character` : undefined;
};

export function hasControl(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\0-\x08\x0a-\x1f\x7f]/.test(text);
}
