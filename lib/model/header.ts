import { Secret } from "./secret.ts";

/** Headers of a request by name. A `Secret` is sent as it is, and prints as `[secret]`. */
export type Headers = Readonly<Record<string, string | Secret>>;

/** What is wrong with a header (RFC 9110, 5.1 and 5.5), as a sentence that never holds its value; `undefined`: nothing. */
export function headerProblem(name: string, value: unknown): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return `${JSON.stringify(name)} is not a header name`;
  const text = value instanceof Secret ? value.reveal() : value;
  if (typeof text !== "string" || text === "") return "expected a text or a Secret, found nothing";
  return /^[\t\x20-\x7e]+$/.test(text) ? undefined : "may contain only ASCII characters and no line breaks";
}

/** Does this header usually carry a secret? */
export function isSecretHeader(name: string): boolean {
  return /auth|cookie|token|secret|passw|signature|api[_-]?key|access[_-]?key|(^|-)key$/i.test(name);
}

/** Makes the values of such headers secret. */
export function hideSecretHeaders(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      isSecretHeader(name) && typeof value === "string" ? new Secret(value) : value,
    ]),
  );
}

/** What is wrong with a name as a request's `Host`; `undefined`: nothing. */
export function hostHeaderProblem(host: string): string | undefined {
  return /^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(host)
    ? undefined
    : `${JSON.stringify(host)} is not a host name, such as "shop.example"`;
}

const framing = ["connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"];

/** What is wrong with a header of a health check, whose request bgdeploy itself frames. */
export function checkHeaderProblem(name: string, value: unknown): string | undefined {
  if (name.toLowerCase() === "host") return 'write health: { host: "shop.example" } instead';
  if (framing.includes(name.toLowerCase())) return "bgdeploy sets this header itself, or sends none";
  return headerProblem(name, value);
}
