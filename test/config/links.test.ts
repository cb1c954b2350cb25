import { test } from "uvu";
import * as assert from "uvu/assert";
import { leadsOut } from "../../lib/config/links.ts";

const ends = (link: string, others: Readonly<Record<string, string>>): string | undefined =>
  leadsOut(link, new Map(Object.entries(others)));

const inside: readonly (readonly [title: string, link: string, Readonly<Record<string, string>>])[] = [
  ["to a file beside", "static/b.css", { "static/b.css": "a.css" }],
  ["up to the top, and no further", "static/top", { "static/top": ".." }],
  ["through another link", "x", { x: "current/a.css", current: "static/" }],
  ["up from where a link leads, which is deep enough", "x", { x: "deep/../..", deep: "a/b" }],
  ["to nothing", "x", { x: "gone/../also-gone" }],
  ["in a circle", "a", { a: "b", b: "./a" }],
  ["written with doubled slashes and dots", "a/x", { "a/x": ".././/b/" }],
];
for (const [title, link, links] of inside) {
  test(`a link stays inside: ${title}`, () => assert.is(ends(link, links), undefined));
}

const outside: readonly (readonly [title: string, link: string, Readonly<Record<string, string>>, end: string])[] = [
  ["by an absolute path", "x", { x: "/etc/passwd" }, "/etc/passwd"],
  ["by one step too many", "static/x", { "static/x": "../../secret" }, "../secret"],
  ["out and in again, by the name of the build", "x", { x: "../dist/bin" }, "../dist/bin"],
  [
    "by the .. of where a link leads, and not of where it stands",
    "a/b/x",
    { "a/b/x": "up/../y", "a/b/up": "../.." },
    "../y",
  ],
  [
    "by a chain of links, each of which looks sound",
    "d/etc",
    { "d/etc": "a/../etc", "d/a": "b/..", "d/b": ".." },
    "../../etc",
  ],
  ["by another link that is absolute", "x", { x: "root/etc/passwd", root: "/" }, "//etc/passwd"],
  ["by a directory that may come later", "x", { x: "later/../../etc" }, "../etc"],
];
for (const [title, link, links, end] of outside) {
  test(`a link leads out: ${title}`, () => assert.is(ends(link, links), end));
}

test("a chain that the kernel gives up on is followed no further, and ends", () => {
  const links = Object.fromEntries(Array.from({ length: 100 }, (_, each) => [`l${each}`, `l${each + 1}/l${each + 1}`]));
  assert.is(ends("l0", links), undefined);
});

test.run();
