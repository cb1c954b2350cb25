import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Answer } from "../support/ask.ts";
import { ask } from "../support/ask.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";

// h1 is deployed to by a user with sudo rules, h2 by root.
const test = labSuite("what a site gives away");
const hosts = ["h1", "root-h2"];
const domain = "link-shortener.example";
let scene: Scene;
test.before(async () => {
  scene = await aScene("security-site", { machines: 2, hosts, settings: `domain: "${domain}",` });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const addressOf = (host: string): string => scene.lab.hosts.find(({ name }) => name === host)?.address ?? "";
const visit = (host: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(addressOf(host), path, { host: domain, ...headers });

const statics = "/opt/link-shortener/versions/current/static";

/** As that user if the host lets them; else it is shown that a link which came there all the same is of no use. */
function plant(host: string, user: string, target: string, name: string): Promise<string> {
  const link = `ln -s ${target} ${statics}/${name}`;
  return said(
    scene.lab,
    host,
    `runuser -u ${user} -- ${link} 2>/dev/null || { ${link} && chown -h ${user} ${statics}/${name}; }`,
  );
}

for (const host of ["h1", "h2"]) {
  test(`${host}: a link that the app or the deploy user plants under /static/ shows no file of another`, async () => {
    await said(
      scene.lab,
      host,
      "id other >/dev/null 2>&1 || useradd other; mkdir -p /srv/other; echo hidden >/srv/other/file; chown -R other:www-data /srv/other; chmod -R u=rwX,g=rX,o= /srv/other",
    );
    const targets = { "a-file": "/srv/other/file", passwd: "/etc/passwd", "a-directory": "/srv/other", root: "/" };
    for (const user of ["link-shortener", "deploy"]) {
      for (const [name, target] of Object.entries(targets)) await plant(host, user, target, `${user}-${name}`);
      const paths = ["a-file", "passwd", "a-directory/file", "root/srv/other/file", "root/etc/passwd"];
      const answers = await Promise.all(paths.map((path) => visit(host, `/static/${user}-${path}`)));
      assert.equal(
        answers.map(({ status, body }) => [status, /hidden|root:x:0/.test(body)]),
        paths.map(() => [404, false]),
      );
    }
  });

  test(`${host}: a link inside of the release is served as what it leads to`, async () => {
    await said(
      scene.lab,
      host,
      `cd ${statics} && ln -s $(ls | grep -m 1 css) alias.css && ln -s . here && chown -h --reference=. alias.css here`,
    );
    const [through, deeper] = await Promise.all([
      visit(host, "/static/alias.css"),
      visit(host, "/static/here/alias.css"),
    ]);
    assert.equal([through.status, deeper.status], [200, 200]);
    assert.is(through.headers["x-variant"], undefined, "nginx itself serves it");
    assert.is(through.headers["x-content-type-options"], "nosniff");
  });

  test(`${host}: a link in the place of the maintenance page shows nothing`, async () => {
    await said(scene.lab, host, "ln -s /etc/passwd /opt/link-shortener/maintenance.html");
    try {
      const { status, body } = await visit(host, "/");
      assert.equal([status, body.includes("root:x:0")], [503, false]);
    } finally {
      await said(scene.lab, host, "rm /opt/link-shortener/maintenance.html");
    }
  });
}

test("a name that the site has not comes to no app, whatever other sites there are", async () => {
  const names = ["evil.example", "127.0.0.1", `${domain}.evil.example`, `x.${domain}`];
  const ours = [domain, domain.toUpperCase(), `${domain}:80`];
  const statusesOf = (all: readonly string[]): Promise<readonly number[]> =>
    Promise.all(all.map(async (host) => (await visit("h1", "/healthz", { host })).status));
  assert.equal(
    await statusesOf(names),
    names.map(() => 0),
  );
  assert.equal(
    await statusesOf(ours),
    ours.map(() => 200),
  );
  const other = "server { listen 80; listen [::]:80; server_name other.example; return 418; }";
  const file = "/etc/nginx/conf.d/0-other.conf";
  await said(scene.lab, "h1", `echo '${other}' >${file} && nginx -t && systemctl restart nginx`);
  try {
    assert.equal(await statusesOf([...names, "other.example"]), [418, 418, 418, 418, 418]);
    assert.equal(await statusesOf(ours), [200, 200, 200]);
  } finally {
    await said(scene.lab, "h1", `rm ${file} && systemctl restart nginx`);
  }
});

test("the site answers by IPv6 as it does by IPv4", async () => {
  const status = await said(
    scene.lab,
    "h1",
    `curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${domain}' '[::1]/healthz'`,
  );
  assert.is(status, "200");
});

/** What the app is told, by an app that repeats it. */
async function toldOf(headers: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const words = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`);
  const answer = await said(scene.lab, "h1", `curl -s -H 'Host: ${domain}' ${words.join(" ")} localhost/`);
  return JSON.parse(answer);
}

test("a client neither speaks past nginx nor says who it is, but for WebSockets", async () => {
  const echo =
    'require("http").createServer((question, answer) => answer.end(JSON.stringify(question.headers))).listen(9999, "127.0.0.1")';
  const backend = "/opt/link-shortener/backend.conf";
  const before = await said(scene.lab, "h1", `cat ${backend}`);
  await said(scene.lab, "h1", `systemd-run -q --unit=echo node -e '${echo}'`);
  await said(scene.lab, "h1", `echo 'server 127.0.0.1:9999;' >${backend} && nginx -t && systemctl restart nginx`);
  await said(
    scene.lab,
    "h1",
    "for i in $(seq 50); do curl -sf -o /dev/null 127.0.0.1:9999 && exit; sleep 0.1; done; exit 1",
  );
  try {
    const upgrades = ["h2c", "websocket, h2c", "TLS/1.0", "websocket", "WebSocket"];
    const told: (readonly [string | undefined, string | undefined])[] = [];
    for (const upgrade of upgrades) {
      const { upgrade: named, connection } = await toldOf({
        Upgrade: upgrade,
        Connection: "Upgrade, HTTP2-Settings",
        "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA",
      });
      told.push([named, connection]);
    }
    const passed = ["websocket", "upgrade"] as const;
    const kept = [undefined, undefined] as const;
    assert.equal(told, [kept, kept, kept, passed, passed]);
    const said = await toldOf({
      "X-Forwarded-Proto": "https",
      "X-Forwarded-Host": "evil.example",
      Forwarded: "for=10.0.0.1;host=evil.example;proto=https",
      Proxy: "http://evil.example",
    });
    assert.equal(
      ["x-forwarded-proto", "x-forwarded-host", "forwarded", "proxy"].map((name) => said[name]),
      ["http", domain, undefined, undefined],
    );
  } finally {
    await said(scene.lab, "h1", `printf '%s' '${before}' >${backend}; systemctl stop echo; systemctl restart nginx`);
  }
});

test.run();
