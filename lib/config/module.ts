import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UserError } from "../errors.ts";
import { show } from "./path.ts";
import { answerForBgdeploy, checkImports, locating } from "./self.ts";
import type { TrustCheck } from "./trust.ts";
import { refuseUntrustedFile, trustAll } from "./trust.ts";

/**
 * The default export of a config, run natively and once; a promise is waited for.
 *
 * Throws a `UserError` that names the file, and the line where there is one.
 *
 * @param cwd paths in messages start here.
 * @param trust whether it, and what it imports, may be run at all.
 */
export async function importConfig(file: string, cwd: string, trust: TrustCheck = trustAll): Promise<unknown> {
  answerForBgdeploy();
  refuseUntrustedFile(file, "run", trust);
  checkImports(pathToFileURL(realpathSync(file)).href, trust);
  const written = await runConfig(file, cwd);
  if (written !== undefined) return written;
  throw new UserError(`${relative(cwd, file)} has no default export. Write: export default defineConfig({ … })`);
}

async function runConfig(file: string, cwd: string): Promise<unknown> {
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
    return await module["default"];
  } catch (error) {
    throw await explain(error, file, cwd);
  }
}

async function explain(error: unknown, file: string, cwd: string): Promise<UserError> {
  const shown = relative(cwd, file);
  if (!(error instanceof Error)) return new UserError(`${shown} threw ${show(error)} while loading`, { cause: error });
  const [message = error.name] = error.message.split("\n");
  if (error instanceof SyntaxError) {
    const place = syntaxPlace(error, cwd) ?? (await locate(file, cwd)) ?? shown;
    return new UserError(`${place}: syntax error: ${message}${adviceFor(error)}`, { cause: error });
  }
  if ("code" in error && error.code === "ERR_MODULE_NOT_FOUND") {
    const specifier = /^Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1] ?? "";
    const place = await importPlace(file, specifier, cwd);
    return new UserError(
      `${place}: ${message.replace(/ imported from .*/s, "")}${specifier.startsWith("/") ? "" : ". Install it: npm install"}`,
      { cause: error },
    );
  }
  const place = thrownPlace(error, cwd) ?? shown;
  const sentences = error instanceof UserError ? error.problems : [`${error.name}: ${message}`];
  return new UserError(
    sentences.map((sentence) => `${place}: ${sentence}`),
    { cause: error },
  );
}

function adviceFor(error: Error): string {
  const isUnsupported = "code" in error && error.code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX";
  // npm writes "type": "commonjs" into a new package.json.
  if (/import statement outside a module|Unexpected token 'export'/.test(error.message)) {
    return '. The package.json says "type": "commonjs": rename it to deploy.config.mts, or set "type": "module"';
  }
  return isUnsupported ? ". Node only strips types: write it without enums, namespaces and parameter properties" : "";
}

/** Node puts `file:line`, the line and a row of `^` above the message. */
function syntaxPlace(error: Error, cwd: string): string | undefined {
  const [head = "", ...rest] = (error.stack ?? "").split("\n");
  const match = /^(?:file:\/\/)?(\/.*):(\d+)$/.exec(head);
  const column = rest.find((line) => /^\s*\^+\s*$/.test(line))?.indexOf("^");
  if (match?.[1] === undefined) return undefined;
  const path = relative(
    cwd,
    head.startsWith("file:") ? fileURLToPath(`file://${match[1]}`) : match[1].replace(locating, ""),
  );
  return column === undefined ? `${path}:${match[2]}` : `${path}:${match[2]}:${column + 1}`;
}

async function locate(file: string, cwd: string): Promise<string | undefined> {
  try {
    await import(`${pathToFileURL(file).href}${locating}`);
    return undefined;
  } catch (error) {
    return error instanceof SyntaxError ? syntaxPlace(error, cwd) : undefined;
  }
}

/** The innermost place that is the user's: neither bgdeploy's nor a package's. */
function thrownPlace(error: Error, cwd: string): string | undefined {
  const ours = [new URL("../", import.meta.url).href, new URL("../../recipes/", import.meta.url).href];
  const frames = (error.stack ?? "").matchAll(/(file:\/\/[^\s()]+?):(\d+):(\d+)/g);
  for (const [, url = "", line, column] of frames) {
    const isTheirs = !url.includes("/node_modules/") && !ours.some((each) => url.startsWith(each));
    if (isTheirs) return `${relative(cwd, fileURLToPath(url))}:${line}:${column}`;
  }
  return undefined;
}

/** Node says who imported, but not in which line. */
async function importPlace(file: string, specifier: string, cwd: string): Promise<string> {
  const name = specifier.slice(specifier.lastIndexOf("/") + 1);
  const lines = (await readFile(file, "utf8")).split("\n");
  const index = lines.findIndex((line) => name !== "" && /\b(import|from)\b/.test(line) && line.includes(name));
  return index === -1 ? relative(cwd, file) : `${relative(cwd, file)}:${index + 1}`;
}
