import { HttpError } from "./http-error.ts";

const longest = 2048;

/** The address that a link leads to, normalized; throws a 400 unless it is a web address. */
export function parseTarget(input: unknown): string {
  if (typeof input !== "string" || input.trim() === "")
    throw new HttpError(400, "Please give a web address to shorten.");

  if (!URL.canParse(input.trim())) {
    throw new HttpError(400, "That is not a complete web address, such as https://example.com/page.");
  }
  const url = new URL(input.trim());
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new HttpError(400, "Only http and https addresses can be shortened.");
  }
  if (url.href.length > longest) throw new HttpError(400, `The address is longer than ${longest} characters.`);
  return url.href;
}
