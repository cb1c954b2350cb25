import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";

/** Links in one append-only file of JSON lines, which other processes append to as well. */
export class Links {
  readonly #path: string;
  readonly #urls = new Map<string, string>();
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
    this.#catchUp();
  }

  find(slug: string): string | undefined {
    if (!this.#urls.has(slug)) this.#catchUp();
    return this.#urls.get(slug);
  }

  /** Returns the new slug once the link is on disk and found there. */
  async add(url: string): Promise<string> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const slug = makeSlug();
      await append(this.#path, `${JSON.stringify({ slug, url, at: new Date().toISOString() })}\n`);
      // Not ours if the other process took the slug first, or a full disk once left half a line before it.
      this.#catchUp();
      if (this.#urls.get(slug) === url) return slug;
    }
    throw new Error(`${this.#path}: the link was written but is not found there.`);
  }

  /** Reads what was appended since, up to the last complete line. */
  #catchUp(): void {
    const tail = readFrom(this.#path, this.#offset);
    const end = tail.lastIndexOf("\n") + 1;
    this.#offset += end;
    for (const line of tail.toString("utf8", 0, end).split("\n")) {
      const link = parseLink(line);
      // The first one wins, so that all processes agree.
      if (link && !this.#urls.has(link.slug)) this.#urls.set(link.slug, link.url);
    }
  }
}

/** One O_APPEND write a link: the kernel never mixes two of them. */
async function append(path: string, line: string): Promise<void> {
  const file = await open(path, "a", 0o600);
  try {
    const bytes = Buffer.from(line);
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten < bytes.length) throw new Error(`${path}: only a part of the link was written; is the disk full?`);
    await file.datasync();
  } finally {
    await file.close();
  }
}

function readFrom(path: string, offset: number): Buffer {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const tail = Buffer.alloc(Math.max(0, fstatSync(file).size - offset));
    return tail.subarray(0, readSync(file, tail, 0, tail.length, offset));
  } finally {
    closeSync(file);
  }
}

function parseLink(line: string): { readonly slug: string; readonly url: string } | undefined {
  try {
    const { slug, url } = JSON.parse(line);
    return typeof slug === "string" && typeof url === "string" ? { slug, url } : undefined;
  } catch {
    return undefined;
  }
}

/** Seven characters that are hard to confuse, 35 bits; none of the app's own paths can come out. */
function makeSlug(): string {
  return Array.from(randomBytes(7), (byte) => "0123456789abcdefghjkmnpqrstvwxyz"[byte % 32]).join("");
}
