import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { keyProblem, normalizeKey } from "../../lib/model/private-key.ts";

const directory = mkdtempSync(join(tmpdir(), "bgdeploy-key-"));
test.after(() => rmSync(directory, { recursive: true }));

let count = 0;
function keygen(...words: readonly string[]): { readonly secret: string; readonly open: string } {
  const path = join(directory, String((count += 1)));
  execFileSync("ssh-keygen", ["-q", "-f", path, ...words]);
  return { secret: readFileSync(path, "utf8"), open: readFileSync(`${path}.pub`, "utf8") };
}

const locked =
  "the key has a passphrase, which nobody can type here. Make a key without one for this purpose: ssh-keygen -t ed25519 -N '' -f deploy_key";

for (const kind of [["ed25519"], ["rsa"], ["rsa", "-m", "PEM"], ["ecdsa", "-m", "PKCS8"]]) {
  test(`a key of ${kind.join(" ")} is taken without a passphrase, and not with one`, () => {
    assert.is(keyProblem(keygen("-N", "", "-t", ...kind).secret), undefined);
    assert.is(keyProblem(keygen("-N", "open sesame", "-t", ...kind).secret), locked);
  });
}

test("what is no private key is named", () => {
  const { secret, open } = keygen("-N", "", "-t", "ed25519");
  assert.is(keyProblem(open), "this is a public key. Give the private one, without .pub");
  const none = 'this is no private key: it does not begin with "-----BEGIN … PRIVATE KEY-----", or was cut';
  for (const text of ["hello\n", secret.slice(0, 200)]) assert.is(keyProblem(normalizeKey(text)), none);
});

test("lines that a CI has lost or changed are put back", () => {
  const { secret } = keygen("-N", "", "-t", "ed25519");
  const changed = [
    secret.trim(),
    secret.replaceAll("\n", "\r\n"),
    secret.replaceAll("\n", String.raw`\n`),
    `\n${secret}\n`,
  ];
  for (const text of changed) assert.is(normalizeKey(text), secret);
});

test.run();
