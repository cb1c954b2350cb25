import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

const test = labSuite("a drain beside another site's open connection");
const quick = `drain: { timeout: "13s" },`;
const instant = `${quick} tasks: [...upload(), ...systemd.install(), ...systemd.start(), health(), ...nginx.switch({ mode: "instant" }), ...systemd.stop(), prune()],`;
let scene: Scene;
test.before(async () => {
  scene = await aScene("foreign-drain", { hosts: ["h*"], settings: quick });
  succeeded(await scene.project.deploy("v1"));
  await said(scene.lab, "h1", stream);
});
test.after(() => scene.end());

/** Another app on the host that never ends its answer, as a stream or a WebSocket does. */
const endless = `require("node:http").createServer((_, response) => { response.writeHead(200); setInterval(() => response.write("x"), 500); }).listen(9999, "127.0.0.1")`;
const stream = `systemd-run -q --unit=other node -e '${endless}'
echo 'server { listen 8088; location / { proxy_pass http://127.0.0.1:9999; proxy_buffering off; } }' >/etc/nginx/conf.d/other.conf
nginx -t && systemctl reload nginx && sleep 1`;
const visitor =
  "systemctl stop visitor 2>/dev/null; systemd-run -q --unit=visitor curl -sN -o /dev/null http://127.0.0.1:8088/ && sleep 0.5";

test("by reload it holds the drain, and the run says that it is probably another site's", async () => {
  await said(scene.lab, "h1", visitor);
  const { stdout } = succeeded(await scene.project.deploy("v2"));
  assert.match(
    stdout,
    `After 13 s 1 old nginx worker(s) and 0 connection(s) to port 8001 are still open: a download, a stream or a WebSocket, perhaps of another site on this host. The old variant is stopped all the same. It probably was another site's. To wait less: a shorter drain.timeout, or nginx.switch({ mode: "instant" }), which waits for this app's connections only`,
  );
  assert.is(await served(scene.lab, "h1"), "v2 green");
});

test("with the instant switch it holds nothing", async () => {
  await scene.project.write({ hosts: ["h*"], settings: instant });
  await said(
    scene.lab,
    "h1",
    "sudo -u deploy touch /opt/link-shortener/live-green; rm -f /etc/nginx/sites-available/link-shortener.conf",
  );
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  await said(scene.lab, "h1", visitor);
  const { stdout } = succeeded(await scene.project.deploy("v3"));
  assert.match(stdout, /nginx:drain {2}done in \d\.\d s/);
  assert.not.match(stdout, "still open");
  assert.is(await said(scene.lab, "h1", "systemctl is-active visitor"), "active\n");
  assert.is(await served(scene.lab, "h1"), "v3 blue");
});

test.run();
