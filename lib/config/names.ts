import { show } from "./path.ts";

/** What is wrong with a name; `undefined` when nothing is. The names end up in paths, units, sudo rules and shell lines. */
type Rule = (name: string) => string | undefined;

/** An app or an executable. */
export const nameProblem: Rule = (name) =>
  /^\w[\w-]*$/.test(name)
    ? undefined
    : `${show(name)} may contain only letters, digits, _ and -, and must not start with -`;

/** A version is part of a directory's name on the host. */
export const versionProblem: Rule = (version) => {
  if (!/^[\w+][\w.+-]*$/.test(version)) {
    return `${show(version)} may contain only letters, digits and . _ + -, and must not start with . or -`;
  }
  return version.length > 120 ? `is ${version.length} characters long; at most 120 are allowed` : undefined;
};

/** A user or a group, as useradd(8) and systemd take it. */
export const userProblem: Rule = (name) =>
  /^[A-Za-z_][\w.-]{0,31}$/.test(name)
    ? undefined
    : `${show(name)} is not a valid user or group name: use letters, digits and . _ -, start with a letter or _, at most 32 characters`;

export const envNameProblem: Rule = (name) =>
  /^[A-Za-z_]\w*$/.test(name)
    ? undefined
    : `${show(name)} is not a valid variable name: use letters, digits and _, and do not start with a digit`;

/** A unit of systemd for a service, as a word of a sudo rule. */
export const nginxUnitProblem: Rule = (unit) =>
  /^[A-Za-z0-9_][\w@-]*(\.service)?$/.test(unit)
    ? undefined
    : `${show(unit)} is not the name of a service unit such as "openresty.service"`;

/** A word of a sudo rule. */
export const nginxBinaryProblem: Rule = (binary) =>
  binary === "nginx" || isPlainPath(binary)
    ? undefined
    : `${show(binary)} must be an absolute path of letters, digits and . _ + - /, without . or .. as a part`;

export const nginxConfigProblem: Rule = (directory) =>
  isPlainPath(directory)
    ? undefined
    : `${show(directory)} must be the absolute path of a directory, of letters, digits and . _ + - /, without . or .. as a part`;

function isPlainPath(path: string): boolean {
  return /^(\/[\w+.-]+)+$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path);
}

/** What nginx's `server_name` takes without a quote. */
export const domainProblem: Rule = (domain) =>
  /^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(domain) ? undefined : `${show(domain)} is not a domain name such as "shop.example"`;

export const urlProblem: Rule = (url) =>
  /^https?:\/\/[^\s/]/.test(url) && URL.canParse(url) && !hasControl(url)
    ? undefined
    : `${show(url)} is not a URL such as "https://shop.example"`;

/** The path of an HTTP request, which is sent as it is. */
export const httpPathProblem: Rule = (path) => {
  if (!path.startsWith("/")) return `${show(path)} must start with /`;
  return /^[\x21-\x7e]+$/.test(path)
    ? undefined
    : `${show(path)} may contain only ASCII characters and no spaces: percent-encode the others`;
};

/** One line of a unit file, or one word of a command line. */
export const lineProblem: Rule = (text) => {
  if (/[\n\r]/.test(text)) return `${show(text)} contains a line break`;
  return hasControl(text) ? `${show(text)} contains a control character` : undefined;
};

export function hasControl(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\0-\x08\x0a-\x1f\x7f]/.test(text);
}
