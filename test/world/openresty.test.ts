import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { quick } from "../releases/support/host.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { startLoad } from "../support/load.ts";

const test = labSuite("an nginx of another name");
const binary = "/usr/local/openresty/bin/openresty";
/** As long as /etc/nginx, which is written in the program itself. */
const config = "/opt/resty";
const nginx = `nginx: { unit: "openresty", binary: "${binary}", config: "${config}" },`;

/** Makes Debian's nginx what a package of openresty is: its own prefix, program, unit and configuration; and nothing of Debian's. */
const convert = `set -e
systemctl disable --now nginx.service
mkdir -p ${binary.slice(0, binary.lastIndexOf("/"))}
LC_ALL=C sed 's#/etc/nginx#${config}#g' /usr/sbin/nginx >${binary}
chmod 755 ${binary}
mv /etc/nginx ${config}
grep -rlF /etc/nginx ${config} | xargs -r sed -i 's#/etc/nginx#${config}#g'
rm /usr/sbin/nginx
ln -sfn /dev/null /etc/systemd/system/nginx.service
cat >/etc/systemd/system/openresty.service <<'UNIT'
[Service]
Type=forking
PIDFile=/run/nginx.pid
ExecStart=${binary}
ExecReload=/bin/kill -s HUP $MAINPID
KillMode=mixed
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now openresty.service`;

/** As nginx.org's own packages and most distributions have it, and openresty with one line more. */
const withoutSites = `rm -r ${config}/sites-available ${config}/sites-enabled && sed -i /sites-enabled/d ${config}/nginx.conf && systemctl reload openresty`;

let scene: Scene;
test.before(async () => {
  scene = await aScene("openresty", { machines: 2, setUp: false, settings: `${nginx} ${quick}` });
  for (const host of ["h1", "h2"]) await said(scene.lab, host, convert);
  await said(scene.lab, "h2", withoutSites);
});
test.after(() => scene.end());

async function underLoad(host: string, act: () => Promise<unknown>): Promise<void> {
  const address = scene.lab.hosts.find(({ name }) => name === host)?.address;
  const load = startLoad({ requests: [{ url: `http://${address}/` }], connections: 8, retryClosed: true });
  try {
    await act();
  } finally {
    assert.equal((await load.stop()).failures, []);
  }
}

for (const strict of [false, true]) {
  test(`setup lets root run no program that others can replace${strict ? ", strict" : ""}`, async () => {
    await scene.project.write({ hosts: ["h1"], settings: `${nginx} ${quick} ${strict ? "strict: true," : ""}` });
    const directory = binary.slice(0, binary.lastIndexOf("/"));
    await said(scene.lab, "h1", `chown nobody ${directory}`);
    const { code, stdout, stderr } = await scene.project.run("setup", "production", "--as", "root", "--yes");
    assert.is.not(code, 0);
    assert.match(`${stdout}${stderr}`, `users other than root can write to ${directory}`);
    await said(scene.lab, "h1", "[ ! -e /etc/sudoers.d/shop-bgdeploy ] && [ ! -e /usr/local/lib/bgdeploy/shop ]");
    await said(scene.lab, "h1", `chown root ${directory}`);
  });
}

test("nor one that a link leads to by way of a directory of theirs", async () => {
  const linked = binary.replace("openresty", "linked").replace(/[^/]+$/, "linked");
  await said(
    scene.lab,
    "h1",
    `mkdir -p /srv/hop ${linked.slice(0, linked.lastIndexOf("/"))} && chown nobody /srv/hop && ln -s ${binary} /srv/hop/nginx && ln -s /srv/hop/nginx ${linked}`,
  );
  await scene.project.write({ hosts: ["h1"], settings: `${nginx.replace(binary, linked)} ${quick}` });
  const { code, stdout, stderr } = await scene.project.run("setup", "production", "--as", "root", "--yes");
  assert.is.not(code, 0);
  assert.match(`${stdout}${stderr}`, "users other than root can write to /srv/hop");
  await said(scene.lab, "h1", `rm -r ${linked} /srv/hop`);
});

test("a file of the app's name that is another's is not overwritten", async () => {
  await scene.project.write({ hosts: ["h2"], settings: `${nginx} ${quick}` });
  await said(scene.lab, "h2", `echo '# mine' >${config}/conf.d/link-shortener.conf`);
  const { code, stderr } = await scene.project.run("setup", "production", "--as", "root", "--yes");
  assert.is(code, 2);
  assert.match(
    stderr,
    `${config}/conf.d/link-shortener.conf does not include /opt/link-shortener/backend.conf. Write into it`,
  );
  assert.is(await said(scene.lab, "h2", `cat ${config}/conf.d/link-shortener.conf`), "# mine\n");
  await said(scene.lab, "h2", `rm ${config}/conf.d/link-shortener.conf; [ ! -e /opt/link-shortener ]`);
});

for (const [host, strict] of [
  ["h1", false],
  ["h2", true],
] as const) {
  test(`setup, deploys and a rollback under load${strict ? ", strict" : ""}`, async () => {
    const settings = `${nginx} ${quick} ${strict ? "strict: true," : ""}`;
    await scene.project.write({ hosts: [host], settings });
    succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
    await said(scene.lab, host, `[ -e ${config}/${strict ? "conf.d" : "sites-enabled"}/link-shortener.conf ]`);
    succeeded(await scene.project.deploy("v1"));
    await underLoad(host, async () => {
      succeeded(await scene.project.deploy("v2"));
      assert.is(await served(scene.lab, host), "v2 green");
      succeeded(await scene.project.run("rollback", "production"));
    });
    assert.is(await served(scene.lab, host), "v1 blue");
    const { stdout, code } = await scene.project.run("doctor", "production");
    assert.is(code, 0, stdout);
    await said(scene.lab, host, "! systemctl is-active -q nginx.service && [ ! -e /etc/nginx ]");
  });
}

test("a broken configuration is refused before anything is touched, in the words of its nginx", async () => {
  await scene.project.write({ hosts: ["h1"], settings: `${nginx} ${quick}` });
  await said(scene.lab, "h1", `echo 'nonsense;' >${config}/conf.d/bad.conf`);
  const { code, stderr } = await scene.project.deploy("v3");
  assert.is(code, 2);
  assert.match(stderr, `sudo ${binary} -t says: unknown directive "nonsense"`);
  await said(scene.lab, "h1", `rm ${config}/conf.d/bad.conf`);
});

test("its unit is named where it does not run", async () => {
  await said(scene.lab, "h1", "systemctl stop openresty");
  const { code, stderr } = await scene.project.deploy("v3");
  assert.is(code, 2);
  assert.match(stderr, "sudo systemctl start openresty");
  await said(scene.lab, "h1", "systemctl start openresty");
  succeeded(await scene.project.deploy("v4"));
});

test.run();
