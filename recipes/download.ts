import type { Command, Target } from "../lib/index.ts";
import { headerProblem, Secret } from "../lib/index.ts";

/** A value, or a function of the target: that one is asked when a run is planned, and only then. */
type Of<T> = T | ((target: Target) => T);

/** An archive that the hosts download by themselves. */
export type DownloadOptions = {
  /** Its URL, http or https. What stands behind the `?` is kept secret. */
  readonly from: Of<string>;
  /** Its SHA-256, 64 hexadecimal digits. */
  readonly sha256: Of<string>;
  /**
   * A signature of the sum, made by `echo SHA256 | ssh-keygen -Y sign -f KEY -n bgdeploy`: its text, or the path of its file,
   * from the config's directory. Checked on this machine before anything is done. Default: none is asked for.
   */
  readonly signature?: Of<string>;
  /** The allowed signers, a file of ssh-keygen(1), from the config's directory. @example "infra/allowed_signers" */
  readonly signers?: string;
  /** Sent to the origin of `from` and to no other, and kept secret. @example { Authorization: new Secret(`Bearer ${token}`) } */
  readonly headers?: Of<Readonly<Record<string, string | Secret>>>;
  /** 1: the archive holds one directory, which is the build. Default: 0, it holds the build itself. */
  readonly strip?: 0 | 1;
};

type Source = {
  readonly url: string;
  readonly sha256: string;
  readonly signature: string | undefined;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly thrown: readonly string[];
};

/** Throws a `TypeError` with everything that is wrong with what is known already. */
export function checkOptions(options: DownloadOptions): void {
  const { from, sha256, signature, signers, headers, strip } = options;
  const problems = [
    ...(isFunction(from) ? [] : urlProblems(from)),
    ...(isFunction(sha256) ? [] : sumProblems(sha256)),
    ...(!isSigned(options) || isFunction(signature) ? [] : signatureProblems(signature)),
    ...(isSigned(options) && (typeof signers !== "string" || signers === "")
      ? ['signers: a signature needs the file of allowed signers, such as "infra/allowed_signers"']
      : []),
    ...(headers === undefined || isFunction(headers) ? [] : headerProblems(headers)),
    ...(strip === undefined || strip === 0 || strip === 1 ? [] : [`strip: expected 0 or 1, found ${String(strip)}`]),
  ];
  if (problems.length > 0) throw new TypeError(`upload(): ${problems.join("; ")}`);
}

/** Why a host cannot download: what its options come to, or a program that it has not. */
export function refuseDownload(options: DownloadOptions, target: Target): string | undefined {
  const { url, sha256, signature, headers, thrown } = given(options, target);
  const unsigned = isSigned(options) ? signatureProblems(signature) : [];
  const found = [...urlProblems(url), ...sumProblems(sha256), ...unsigned, ...headerProblems(headers)];
  const problems = thrown.length > 0 ? thrown : found;
  if (problems.length > 0) return `upload(): ${problems.join("; ")}`;
  const { programs } = target.facts;
  const has = (name: string): boolean => programs.includes(name);
  if (!has("curl") && Object.keys(headers).length > 0)
    return "curl is not installed, and is needed to download the release (wget would pass `headers` on when redirected). Install it: sudo apt-get install curl";
  if (!has("curl") && !has("wget"))
    return "neither curl nor wget is installed to download the release. Install one: sudo apt-get install curl";
  const unpacker = ["tar", ...unpackers(shownUrl(url))].find((name) => !has(name));
  if (unpacker === undefined) return undefined;
  return `${unpacker} is not installed, and is needed to unpack the release. Install it: sudo apt-get install ${unpacker === "xz" ? "xz-utils" : unpacker}`;
}

/** The one command that makes a release out of the archive. */
export function downloadCommand(
  options: DownloadOptions,
  target: Target,
  against: readonly string[],
): Command & { readonly kind: "download" } {
  const { layout, release, app } = target;
  const { url, sha256, signature = "", headers } = given(options, target);
  const signed = { text: signature, signers: options.signers ?? "" };
  return {
    kind: "download",
    url: new Secret(url),
    shown: shownUrl(url),
    headers,
    sha256: sha256.toLowerCase(),
    signature: isSigned(options) ? signed : undefined,
    strip: options.strip ?? 0,
    program: `bin/${app.exec.name}`,
    workspace: layout.downloads,
    partial: layout.partial(release.id),
    to: layout.release(release.id),
    against,
  };
}

/** A function of the user's that throws is a problem of the host that it was asked for. */
function given({ from, sha256, signature, headers = {} }: DownloadOptions, target: Target): Source {
  const thrown: string[] = [];
  const ask = <T>(name: string, value: Of<T>, none: T): T => {
    try {
      return isFunction(value) ? value(target) : value;
    } catch (error) {
      thrown.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return none;
    }
  };
  const all = ask("headers", headers, {});
  const url = textOf(ask("from", from, ""));
  const sum = textOf(ask("sha256", sha256, ""));
  const signed = signature === undefined ? undefined : textOf(ask("signature", signature, ""));
  const secrets = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, secretOf(value)]));
  return { url, sha256: sum, signature: signed, headers: secrets, thrown };
}

/** What a function took out of an environment may not be there, whatever its type says. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Its path may be shown; what signs it may not. */
function shownUrl(url: string): string {
  return url.replace(/[?#].*$/s, "");
}

function urlProblems(url: unknown): readonly string[] {
  if (typeof url !== "string") return [`from: expected a URL such as "https://…/app.tar.gz", found ${typeof url}`];
  const shown = JSON.stringify(shownUrl(url).replace(/\/\/.*@/, "//…@"));
  if (!/^https?:\/\/[^/]/i.test(url) || !URL.canParse(url))
    return [`from: expected a URL such as "https://…/app.tar.gz", found ${shown}`];
  if (!/^[\x21-\x7e]+$/.test(url))
    return [`from: ${shown} may contain only ASCII characters and no spaces: percent-encode the others`];
  const { username, password } = new URL(url);
  if (username !== "" || password !== "")
    return [`from: ${shown} contains a user name: put it into headers, { Authorization: new Secret("Basic …") }`];
  return [];
}

function sumProblems(sum: unknown): readonly string[] {
  if (typeof sum !== "string") return [`sha256: expected 64 hexadecimal digits, found ${typeof sum}`];
  if (!/^[0-9a-f]*$/i.test(sum)) return [`sha256: expected 64 hexadecimal digits, found ${JSON.stringify(sum)}`];
  return sum.length === 64 ? [] : [`sha256: expected 64 hexadecimal digits, found ${sum.length}`];
}

/** A variable that is not set must not be the way around a signature: that the key stands there is enough. */
function isSigned(options: DownloadOptions): boolean {
  return "signature" in options || "signers" in options;
}

function signatureProblems(signature: unknown): readonly string[] {
  if (typeof signature === "string" && signature !== "") return [];
  return ["signature: expected a signature of ssh-keygen or the path of one, found nothing"];
}

function headerProblems(headers: Readonly<Record<string, string | Secret>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const problem = headerProblem(name, value);
    return problem === undefined ? [] : [`headers.${name}: ${problem}`];
  });
}

function unpackers(url: string): readonly string[] {
  if (/\.t(ar\.)?gz$/i.test(url)) return ["gzip"];
  if (/\.(tar\.xz|txz)$/i.test(url)) return ["xz"];
  return /\.(tar\.zst|tzst)$/i.test(url) ? ["zstd"] : [];
}

function secretOf(value: string | Secret): Secret {
  return value instanceof Secret ? value : new Secret(value);
}

function isFunction<T>(value: Of<T>): value is (target: Target) => T {
  return typeof value === "function";
}
