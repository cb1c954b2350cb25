import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Links } from "../lib/links.ts";

const test = suite("links", { folder: "", path: "" });

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "links-"));
  context.path = join(context.folder, "links.ndjson");
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

test("a link is found by its slug, also by another reader and after a restart", async ({ path }) => {
  const [blue, green] = [new Links(path), new Links(path)];
  const slug = await blue.add("https://example.com/");

  assert.match(slug, /^[0-9a-z]{7}$/);
  for (const links of [blue, green, new Links(path)]) assert.is(links.find(slug), "https://example.com/");
  assert.is(green.find("nothing"), undefined);
});

test("half a line, as a full disk leaves it, costs no later link", async ({ path }) => {
  appendFileSync(path, '{"slug":"torn","url":"https://exam');
  const links = new Links(path);
  const slug = await links.add("https://example.com/ä");

  assert.is(new Links(path).find(slug), "https://example.com/ä");
  assert.is(new Links(path).find("torn"), undefined);
});

test("two processes that append at once lose nothing", async ({ path }) => {
  const module = new URL("../lib/links.ts", import.meta.url).href;
  const program = `
    import { Links } from ${JSON.stringify(module)};
    const links = new Links(process.argv[1]);
    const urls = Array.from({ length: 300 }, (_, n) => "https://example.com/" + process.argv[2] + "/" + n);
    const slugs = await Promise.all(urls.map((url) => links.add(url)));
    console.log(JSON.stringify(urls.map((url, n) => [slugs[n], url])));
  `;
  const run = (name: string) =>
    promisify(execFile)(process.execPath, ["--input-type=module", "-e", program, path, name]);
  const outputs = await Promise.all([run("blue"), run("green")]);

  const links = new Links(path);
  const written: [string, string][] = outputs.flatMap(({ stdout }) => JSON.parse(stdout));
  assert.is(written.length, 600);
  assert.equal(
    written.map(([slug]) => [slug, links.find(slug)]),
    written,
  );
  assert.is(readFileSync(path, "utf8").trim().split("\n").length, 600);
});

test.run();
