import type { WrittenSettings } from "./define.ts";
import { lineProblem } from "./names.ts";
import { show } from "./path.ts";
import type { Reader } from "./read.ts";
import { dictionary, list, unsound, value } from "./read.ts";
import { didYouMean } from "./suggest.ts";

type Unit = NonNullable<WrittenSettings["unit"]>;

const sections = ["Unit", "Service", "Install"];

/** A value of systemd's own may be empty: that takes back what was set before (systemd.syntax(7)). */
const line = value("a string", (given): given is string => typeof given === "string", directiveProblem);

const directive: Reader<string | readonly string[]> = (given, path) =>
  Array.isArray(given)
    ? list(line, "strings")(given, path)
    : typeof given === "string"
      ? line(given, path)
      : unsound(path, `expected a string or a list of strings, found ${show(given)}`);

/** Whom the service runs as is checked against who deploys: it must not be said past that. */
const elsewhere = new Map([
  ["User", 'write exec: { user: "…" } instead'],
  ["Group", 'write group: "…" instead'],
]);

/** Sections of a unit file, with their directives. */
export const unit: Reader<Unit> = dictionary(
  dictionary(directive, "directives", (name) =>
    /^[A-Za-z][A-Za-z0-9]*$/.test(name) ? elsewhere.get(name) : `${show(name)} is not the name of a directive`,
  ),
  "sections",
  (name) =>
    sections.includes(name)
      ? undefined
      : `not a section of a service unit.${didYouMean(name, sections)} It has: ${sections.join(", ")}`,
);

/** A backslash at the end would take in the next line. */
function directiveProblem(given: string): string | undefined {
  return (
    lineProblem(given) ??
    (given.endsWith("\\") ? `${show(given)} ends in a backslash, which continues the line` : undefined)
  );
}
