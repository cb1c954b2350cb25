import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

const test = labSuite("a site that does not answer");
let scene: Scene;
test.before(async () => {
  scene = await aScene("answer");
  succeeded(await scene.project.deploy("v1"));
  await onHost(`cp ${site} /root/site`);
});
test.after.each(async () => void (await onHost(`cp /root/site ${site} && ln -sfn ${site} ${enabled} && ${reload}`)));
test.after(() => scene.end());

const site = "/etc/nginx/sites-available/link-shortener.conf";
const enabled = "/etc/nginx/sites-enabled/link-shortener.conf";
const reload = "nginx -t && systemctl reload nginx && sleep 0.3";
const onHost = (command: string): Promise<string> => said(scene.lab, "h1", command);
const loud = "NO REQUEST REACHES THE APP THROUGH NGINX ON THIS HOST";

test("a site that is not enabled: the run says so in capital letters and ends with 5, and setup enables it", async () => {
  await onHost(`rm ${enabled} && ${reload}`);
  const run = ended(await scene.project.deploy("v2"), 5);
  assert.match(
    run.stdout + run.stderr,
    `${loud}: the site ${site} is not enabled. To enable it: bgdeploy setup --as root`,
  );
  assert.match(ended(await scene.project.run("status", "production"), 1).stdout, `${site} is not enabled`);
  const { stdout } = succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  assert.match(stdout, `ln -sfn ${site} ${enabled}`);
  assert.is(await served(scene.lab, "h1"), "v2 green");
});

test("a site that names the old variant's port: the run is undone, and the old version serves", async () => {
  await onHost(`sed -i 's,^ *include .*,    server 127.0.0.1:8002;,' ${site} && ${reload}`);
  const run = ended(await scene.project.deploy("v3"), 1);
  assert.match(run.stdout, "nginx still passes requests to the old variant on port 8002");
  assert.is(await served(scene.lab, "h1"), "v2 green");
});

test("another site that takes all requests to the host's address is found", async () => {
  const other = "/etc/nginx/sites-enabled/0.conf";
  await onHost(
    `for a in $(hostname -I) [::1]; do echo "server { listen $a:80; return 404; }"; done >${other} && ${reload}`,
  );
  try {
    const { stdout } = ended(await scene.project.deploy("v4"), 5);
    assert.match(
      stdout,
      `${loud}: another site answers for the host bgdeploy.invalid, with status 404. To inspect: sudo nginx -T`,
    );
  } finally {
    await onHost(`rm ${other}`);
  }
});

const quiet: readonly (readonly [string, string])[] = [
  ["a password", `sed -i 's,^ *client_max_body_size.*,auth_basic x; auth_basic_user_file /etc/hostname;,' ${site}`],
  ["another one beside it on the loopback", `echo 'server { listen 127.0.0.1:80; return 404; }' >>${site}`],
  ["a redirect to https", `sed -i 's,^ *client_max_body_size.*,return 301 https://$host$request_uri;,' ${site}`],
  ["a file at /", `sed -i 's,try_files /dev/null @app;,return 200 here;,' ${site}`],
  [
    "no name but its own",
    `sed -i 's,server_name _;,server_name shop.example; if ($host != shop.example) { return 444; },' ${site}`,
  ],
  ["another address and port", `sed -i 's,listen 80 default_server;,listen 127.0.0.1:8080;,; /listen .::/d' ${site}`],
  ["a socket", `sed -i 's,listen 80 default_server;,listen unix:/run/site.sock;,; /listen .::/d' ${site}`],
  ["no keepalive to the app", `sed -i '/keepalive 128;/d' ${site}`],
  [
    "https alone",
    `openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/k -out /tmp/c -days 2 -subj /CN=x && sed -i 's,listen 80 default_server;,listen 443 ssl; ssl_certificate /tmp/c; ssl_certificate_key /tmp/k;,; /listen .::/d' ${site}`,
  ],
];

for (const [what, edit] of quiet) {
  test(`a site with ${what} gives no alarm`, async () => {
    await onHost(`${edit} && ${reload}`);
    const run = succeeded(await scene.project.deploy("v5"));
    assert.not.match(run.stdout + run.stderr, /NO REQUEST|nginx answers|nginx still/);
  });
}

test("while maintenance is on nothing is asked", async () => {
  succeeded(await scene.project.run("maintenance", "production", "on"));
  succeeded(await scene.project.deploy("v6"));
  succeeded(await scene.project.run("maintenance", "production", "off"));
});

test.run();
