import { spawnSync } from "node:child_process";
import { format } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { environmentFile } from "../../lib/model/environment.ts";
import { longestSecret, maskSecrets, Secret } from "../../lib/model/secret.ts";
import { quote } from "../../lib/model/shell.ts";
import { maskedLines } from "../../lib/remote/masked-lines.ts";

const values: Readonly<Record<string, string>> = {
  "letters and digits": "S3cretOfTheHouse",
  "everything that is escaped": "p\"a's\\s $w`o<r>d&/?#[]@!*(){};:=+,%ü",
  "many characters that are escaped": String.raw`\\"\\\"''''%%25%2525++//`,
  "not of this alphabet": "пароль-и-ключ",
  "several lines": "first line\nsecond 'line'\n\nthird \"line\"",
};

/** What programs make of a value that they print. */
const ways: Readonly<Record<string, (value: string) => string>> = {
  "as it is": (value) => value,
  JSON: (value) => JSON.stringify({ value, and: 1 }),
  "JSON in JSON": (value) => JSON.stringify({ message: JSON.stringify({ value }) }),
  "JSON by Python": (value) => printedBy(["python3", "-c", "import json,sys; print(json.dumps(sys.argv[1]))", value]),
  "JSON with escaped slashes": (value) => JSON.stringify(value).replaceAll("/", String.raw`\/`),
  "our quote": (value) => `export KEY=${quote(value)}`,
  "Python's quote": (value) => printedBy(["python3", "-c", "import shlex,sys; print(shlex.quote(sys.argv[1]))", value]),
  "bash's printf %q": (value) => printedBy(["bash", "-c", 'printf "%q" "$1"', "bash", value]),
  "bash's declare": (value) => printedBy(["bash", "-c", "KEY=$1; declare -p KEY", "bash", value]),
  "our environment file": (value) => environmentFile({ KEY: new Secret(value) }).raw,
  "a URL": (value) => `https://h/?q=${encodeURIComponent(value)}&next`,
  "a form": (value) => new URLSearchParams({ q: value, next: "1" }).toString(),
  "a form by Python": (value) =>
    printedBy([
      "python3",
      "-c",
      "import urllib.parse as u,sys; print(u.quote_plus(sys.argv[1]), u.quote(sys.argv[1]))",
      value,
    ]),
  "a URL in small letters": (value) => encodeURIComponent(value).replaceAll(/%../g, (each) => each.toLowerCase()),
  "the password of a URL": (value) => Object.assign(new URL("postgres://user@db/x"), { password: value }).href,
  HTML: (value) =>
    value
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;"),
  hex: (value) => Buffer.from(value).toString("hex"),
  xxd: (value) => Buffer.from(value).toString("hex").toUpperCase(),
  base64: (value) => `key: ${Buffer.from(value).toString("base64")}\n`,
  base64url: (value) => `key: ${Buffer.from(value).toString("base64url")}`,
  "a header": (value) => `authorization: Basic ${Buffer.from(`user:${value}`).toString("base64")}`,
  "a header of others": (value) => `authorization: Basic ${Buffer.from(`user1:${value}`).toString("base64")}`,
  "base64 in a URL": (value) => encodeURIComponent(Buffer.from(`{"a":"${value}"}`).toString("base64")),
};

function printedBy([file = "", ...words]: readonly string[]): string {
  return spawnSync(file, words, { encoding: "utf8" }).stdout;
}

/** Characters that may stay at the edges of a form: of base64 those that hold bits of what stands beside it, too. */
const edges = 4;

for (const [what, value] of Object.entries(values)) {
  for (const [name, way] of Object.entries(ways)) {
    test(`masked: ${name}, ${what}`, () => {
      const text = way(value);
      assert.match(maskSecrets(text, [new Secret(value)]), "[secret]", text);
      const rest = maskSecrets(text, [new Secret(value)]).replaceAll("[secret]", "");
      assert.ok(rest.length <= way("").length + edges, rest);
    });
  }
}

const key = values["letters and digits"] ?? "";

test("what stands around a masked form stays", () => {
  const mask = (text: string): string => maskSecrets(text, [new Secret(key)]);
  assert.is(mask(`{"a":${JSON.stringify(key)},"b":1}`), '{"a":"[secret]","b":1}');
  assert.is(mask(`postgres://user:${key}@db/x`), "postgres://user:[secret]@db/x");
  assert.is(mask(`Basic ${Buffer.from(`a:${key}`).toString("base64")} end`), "Basic YTp[secret] end");
  assert.is(mask(format("%j %s", { key }, key)), '{"key":"[secret]"} [secret]');
});

test("the password of a URL is masked by itself too, as it is written and as it is meant", () => {
  const url = [new Secret("postgres://app:t%40p-s3cret@db.internal/shop")];
  assert.is(
    maskSecrets("no login for app with t@p-s3cret (t%40p-s3cret) at db.internal", url),
    "no login for app with [secret] ([secret]) at db.internal",
  );
  const trial = [new Secret("postgres://postgres:postgres@localhost/postgres")];
  assert.is(maskSecrets("postgres is not up", trial), "postgres is not up");
});

test("a long value is masked whole, in any form, also where base64 breaks its lines, and as one", () => {
  const long = new Secret(Array.from({ length: 900 }, (_, index) => `${index * 7919}x`).join(""));
  const bytes = Buffer.from(long.reveal());
  const mask = (text: string): string => maskSecrets(text, [long]);
  assert.is(mask(`a ${long.reveal()} b`), "a [secret] b");
  assert.is(mask(bytes.toString("base64")), "[secret]");
  assert.match(mask(Buffer.concat([Buffer.from("x"), bytes]).toString("base64")), /^..?\[secret\]$/);
  const broken = mask(bytes.toString("base64").replaceAll(/.{76}/g, "$&\n"));
  assert.ok(
    broken.split("\n").every((line, index, all) => line === "[secret]" || index >= all.length - 2),
    broken,
  );
});

test("two secrets side by side are two, and of one in another the longer is masked", () => {
  const two = [new Secret("sesame-street"), new Secret("sesame")];
  assert.is(maskSecrets("sesame-street sesame sesamesesame", two), "[secret] [secret] [secret][secret]");
});

test("short values stay readable within words, and are not looked for in base64", () => {
  const short = [new Secret("p@ss"), new Secret("12345")];
  assert.is(maskSecrets("p@ss p%40ss 12345 123456 MTIzNDU=", short), "[secret] [secret] [secret] 123456 MTIzNDU=");
});

for (const name of ["JSON", "a URL", "a header", "hex", "base64"]) {
  test(`in a line that goes out in parts, no form lies across their border: ${name}`, () => {
    const way = ways[name] ?? String;
    const value = values["everything that is escaped"] ?? "";
    const form = way(value);
    assert.ok(longestSecret([new Secret(value)]) >= encodeURIComponent(value).length);
    for (const before of [65_400, 65_500, 65_530]) {
      const heard: string[] = [];
      const lines = maskedLines([new Secret(value)], (text) => heard.push(text));
      for (const piece of `${"-".repeat(before)}${form}${"-".repeat(70_000)}`.match(/[^]{1,1000}/g) ?? [])
        lines.add(piece);
      lines.flush();
      assert.ok(heard.length > 1);
      assert.is(heard.join(""), maskSecrets(`${"-".repeat(before)}${form}${"-".repeat(70_000)}`, [new Secret(value)]));
    }
  });
}

test("text that holds what secrets begin with takes time in proportion", () => {
  const secrets = Array.from({ length: 20 }, (_, index) => new Secret(`${"a".repeat(100)}${index}-end`));
  const line = "a".repeat(100_000);
  maskSecrets(line, secrets);
  const before = process.cpuUsage();
  for (let times = 0; times < 10; times += 1) maskSecrets(line, secrets);
  const { user } = process.cpuUsage(before);
  assert.ok(user < 3_000_000, `1 MB took ${user / 1000} ms`);
});

test.run();
