import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Signature } from "../model/command.ts";

/** Keeps a signature that was made for something else, a commit for example, from opening a deploy. */
const namespace = "bgdeploy";

/**
 * Why a signature does not vouch for a sum; `undefined` where it does. The sum binds the archive, as each host checks: so
 * no archive has to come here, and no host is asked whether it is sound. Paths start at `directory`.
 */
export function signatureProblem(sha256: string, { text, signers }: Signature, directory: string): string | undefined {
  const allowed = resolve(directory, signers);
  if (!existsSync(allowed)) return `signers: there is no file ${signers} (${allowed})`;
  const given = signatureText(text, directory);
  if (given === undefined) return `signature: there is no file ${text} (${resolve(directory, text)})`;
  let temporary: string | undefined;
  try {
    temporary = mkdtempSync(join(tmpdir(), "bgd-"));
    const file = join(temporary, "signature");
    writeFileSync(file, given);
    const found = keygen(["-Y", "find-principals", "-s", file, "-f", allowed]);
    const [principal = ""] = found.output.split("\n");
    if (!found.isFine || principal === "") {
      return `signature: it was not made with a key that ${signers} allows (${found.output})`;
    }
    const words = ["-Y", "verify", "-f", allowed, "-I", principal, "-n", namespace, "-s", file];
    const checked = keygen(words, `${sha256}\n`);
    if (checked.isFine) return undefined;
    return `signature: it is not valid for the SHA-256 ${sha256} (${checked.output}). To sign: echo ${sha256} | ssh-keygen -Y sign -f KEY -n ${namespace}`;
  } catch (error) {
    return `signature: it could not be checked below ${tmpdir()} (${String(error)}). Set TMPDIR to a directory with free space`;
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true });
  }
}

function signatureText(given: string, directory: string): string | undefined {
  // A variable of a CI may have lost the last line's end.
  if (given.startsWith("-----BEGIN SSH SIGNATURE-----")) return `${given.trim()}\n`;
  const file = resolve(directory, given);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function keygen(words: readonly string[], input = ""): { readonly isFine: boolean; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync("ssh-keygen", words, {
    input,
    encoding: "utf8",
    timeout: 10_000,
  });
  if (error !== undefined) return { isFine: false, output: error.message };
  const isFine = status === 0;
  return { isFine, output: (isFine ? stdout : `${stderr}${stdout}`).trim().replaceAll("\r", "") };
}
