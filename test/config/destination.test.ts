import { test } from "uvu";
import * as assert from "uvu/assert";
import { destinationProblem } from "../../lib/config/destination.ts";

const charset = "may contain only letters, digits and . _ + - /";
const form = 'must not contain "..", "." or repeated or trailing slashes';
const own = "Use a directory of the app's own, such as";

const table: readonly (readonly [path: string, problem: string | undefined])[] = [
  ["/opt/shop", undefined],
  ["/srv/my-shop_2/v1.0+x", undefined],
  ["/usr/local/shop", undefined],
  ["/home/deploy/shop", undefined],
  ["opt/shop", 'must be an absolute path, such as "/opt/shop"'],
  ["~/shop", 'must be an absolute path, such as "/opt/shop"'],
  ["/", `is the root of the file system. ${own} "/opt/shop"`],
  ["//", form],
  ["/opt/shop/", `${form}. Write "/opt/shop"`],
  ["/opt//shop", `${form}. Write "/opt/shop"`],
  ["/opt/./shop", `${form}. Write "/opt/shop"`],
  ["/opt/../etc", form],
  ["/opt/my shop", charset],
  ["/opt/'shop'", charset],
  ['/opt/"shop"', charset],
  ["/opt/%i", charset],
  ["/opt/shop;", charset],
  ["/opt/$HOME", charset],
  ["/opt/shop\n", charset],
  ["/opt", `is shared with other programs. ${own} "/opt/shop"`],
  ["/var/lib", `is shared with other programs. ${own} "/var/lib/shop"`],
  ["/etc", `is a system directory. ${own} "/opt/shop"`],
  ["/etc/nginx", `is a system directory. ${own} "/opt/shop"`],
  ["/usr/bin", `is a system directory. ${own} "/opt/shop"`],
];

for (const [path, problem] of table) {
  test(`${JSON.stringify(path)} ${problem ?? "is taken"}`, () => {
    assert.is(destinationProblem(path), problem && `${JSON.stringify(path)} ${problem}`);
  });
}

test.run();
