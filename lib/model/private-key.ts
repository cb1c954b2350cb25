/** A private key as OpenSSH reads it: what a CI's variable loses of its lines is put back. */
export function normalizeKey(text: string): string {
  const lines = text.includes("\n") ? text : text.replaceAll(String.raw`\n`, "\n");
  return `${lines.replaceAll(/\r\n?/g, "\n").trim()}\n`;
}

/** What keeps a key from being used without a person; `undefined` where nothing is known to. */
export function keyProblem(key: string): string | undefined {
  if (/^(?:ssh-|ecdsa-|sk-)\S+ AAAA/.test(key)) return "this is a public key. Give the private one, without .pub";
  const [, kind, body] = /^-----BEGIN ([A-Z ]*)PRIVATE KEY-----\n([^]*)\n-----END/.exec(key) ?? [];
  if (kind === undefined || body === undefined)
    return 'this is no private key: it does not begin with "-----BEGIN … PRIVATE KEY-----", or was cut';
  const isLocked =
    kind.startsWith("ENCRYPTED") || /^Proc-Type:.*ENCRYPTED/m.test(body) || cipherOf(kind, body) !== "none";
  return isLocked
    ? "the key has a passphrase, which nobody can type here. Make a key without one for this purpose: ssh-keygen -t ed25519 -N '' -f deploy_key"
    : undefined;
}

/** PROTOCOL.key of OpenSSH: a magic word with a NUL, then the name of the cipher with its length before it. */
function cipherOf(kind: string, body: string): string {
  if (!kind.startsWith("OPENSSH")) return "none";
  const bytes = atob(body.replaceAll(/[^\w+/]/g, ""));
  const start = "openssh-key-v1\0".length;
  const length = bytes.charCodeAt(start + 3);
  return bytes.slice(start + 4, start + 4 + length);
}
