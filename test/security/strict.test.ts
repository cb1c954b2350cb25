import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";

const helper = "/usr/local/lib/bgdeploy/link-shortener";
const rooted = "/etc/bgdeploy/link-shortener";
const settings = `strict: true, health: { settle: "0s" },`;

const test = labSuite("strict: the deploy user");
let scene: Scene;
let vault: Project;
test.before(async () => {
  scene = await aScene("strict", { hosts: ["h1"], settings });
  succeeded(await scene.project.deploy("v1"));
  // Another app on the host, which `rival` deploys.
  await said(scene.lab, "h1", "useradd -m -s /bin/bash rival");
  vault = await aProject({
    lab: scene.lab,
    name: "vault",
    hosts: ["h1"],
    settings: `strict: true, domain: "vault.example", ports: { blue: 9001, green: 9002 },`,
  });
  succeeded(await vault.run("setup", "production", "--as", "root", "--user", "rival", "--yes"));
  await said(
    scene.lab,
    "h1",
    `printf 'TOKEN="of-the-vault"\\n' >/opt/vault/environment-blue && chmod 600 /opt/vault/environment-blue && chown rival: /opt/vault/environment-blue
     ${helper.replace("link-shortener", "vault")} environment blue </opt/vault/environment-blue
     printf 'of_root_alone 1;\\n' >/root/x && chmod 600 /root/x`,
  );
});
test.after(async () => {
  await vault.remove();
  await scene.end();
});

/** Runs a script as the user who deploys, and tells how it ended and all that it said. */
async function asDeployer(script: string, user = "deploy"): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await scene.lab.exec("h1", `runuser -u ${user} -- bash`, script);
  return { code, text: stdout + stderr };
}

/** All that root owns and this could touch: files with their content, and what runs. */
function traces(): Promise<string> {
  return said(
    scene.lab,
    "h1",
    `find /etc /usr/local /root -xdev ! -name .updated -printf '%p %m %u %g %T@ %l\\n' | sort; find ${rooted} /etc/nginx /etc/systemd /etc/sudoers.d -type f -exec sha256sum {} + | sort
     systemctl show -p Id,ActiveState,MainPID link-shortener@blue link-shortener@green vault@blue nginx`,
  );
}

test("is told by sudo of one program, and by doctor that nobody else can write it", async () => {
  const { text } = await asDeployer("sudo -n -l");
  assert.equal(text.match(/NOPASSWD.*/g), [`NOPASSWD: ${helper}`]);
  const { stdout } = succeeded(await scene.project.run("doctor", "production", "--verbose"));
  assert.match(stdout, `as root, deploy can do only what ${helper} does`);
});

test("gains nothing by hostile arguments", async () => {
  const before = await traces();
  const words = [
    "",
    "../x",
    "blue@x",
    "blue.service",
    "blue nginx",
    "--help",
    "--version",
    "-c",
    "$(id)",
    "`id`",
    "blue\nnginx",
    "blue;id",
    "*",
    "[b]lue",
    "BLUE",
    "0",
    "-1",
    "00080",
    "80.0",
    "0x50",
    "65536",
    "99999",
    "8002;include /root/x",
    "8002\ninclude /root/x",
    "8002 ",
    "999999999999999999999",
    "../../../root/x",
    "/root/x",
    "\u00b9",
  ];
  const verbs = [
    ..."start stop restart enable disable retire forget environment launch route check reload".split(" "),
    "daemon-reload",
    "edit",
    "start blue",
    "",
    "-p",
    "route 80",
    "/bin/bash",
  ];
  const quoted = (all: readonly string[]): string =>
    all
      .map(
        (word) =>
          `$'${Buffer.from(word)
            .toString("hex")
            .replaceAll(/../g, String.raw`\x$&`)}'`,
      )
      .join(" ");
  const { text } = await asDeployer(`
    refused() {
      said=$(sudo -n ${helper} "$@" </dev/null 2>&1); code=$?
      [ $code = 64 ] || printf '%q ended with %s: %s\\n' "$*" $code "$said"
    }
    for word in ${quoted(words)}; do for verb in ${quoted(verbs)}; do refused "$verb" "$word"; done; done
    for verb in ${quoted(verbs)}; do for more in '' blue --now; do refused "$verb" blue "$more"; done; done`);
  assert.is(text, "");
  assert.is(await traces(), before);
});

test("gains nothing by the environment of the call, not even where sudo would pass it on", async () => {
  const evil = `
    d=$(mktemp -d); cd "$d"; printf '#!/bin/sh\\nid >/tmp/owned-by-path\\n' >evil; chmod 755 evil
    for name in systemctl nginx env head stat mv rm sync chmod flock bash; do cp evil $name; done
    printf 'id >/tmp/owned-by-file\\n' >rc`;
  const all = `PATH="$d:$PATH" BASH_ENV="$d/rc" ENV="$d/rc" IFS=a SHELLOPTS=xtrace:braceexpand PS4='$(id >/tmp/owned-by-ps4)' CDPATH="$d" GLOBIGNORE='*' LD_PRELOAD="$d/evil" LD_LIBRARY_PATH="$d" TMPDIR="$d" SYSTEMD_UNIT_PATH="$d" OPENSSL_CONF="$d/rc" NGINX=3 LC_ALL=xx`;
  const call = (how: string): string => `${evil}
    systemctl() { id >/tmp/owned-by-function; }; export -f systemctl
    export ${all}
    for verb in check reload 'start green' 'stop green'; do ${how} ${helper} $verb; done`;
  await asDeployer(call("/usr/bin/sudo -n"));
  await asDeployer(call("/usr/bin/sudo -n -E"));
  await asDeployer(`${evil}; /usr/bin/sudo -n ${all} ${helper} check`);
  // What an administrator's own rules could let through.
  await scene.lab.exec(
    "h1",
    `bash`,
    call("").replace("LD_PRELOAD", "NO_PRELOAD").replace("LD_LIBRARY_PATH", "NO_PATH"),
  );
  assert.is(await said(scene.lab, "h1", "ls /tmp/owned-* 2>/dev/null || :"), "");
  assert.is(await served(scene.lab, "h1").then((text) => text.slice(0, 3)), "v1 ");
});

test("reads no other app's secrets through its own environment files, wherever they lead", async () => {
  const secret = "/opt/vault/environment-blue";
  const copy = "/etc/bgdeploy/vault/environment-blue";
  const { text } = await asDeployer(`cd /opt/link-shortener
    for target in ${secret} ${copy} /root/x /etc/shadow; do
      rm -f environment-green; ln -s $target environment-green
      sudo -n ${helper} launch green <environment-green; sudo -n ${helper} environment green <environment-green
      sudo -n ${helper} start green; sleep 0.3
      tr '\\0' '\\n' </proc/$(systemctl show -p MainPID --value link-shortener@green)/environ
      ln ${secret} hard; rm -f hard
    done; sudo -n ${helper} stop green; rm -f environment-green; cat ${rooted}/environment-blue ${copy}`);
  assert.not.match(text, "of-the-vault");
  assert.not.match(text, "of_root_alone");
  assert.is(
    await said(scene.lab, "h1", `grep -c vault ${rooted}/environment-* || :`).then((all) => /[1-9]$/m.test(all)),
    false,
  );
});

test("has nginx read no file of its choice, and is not told the words of those that root alone may read", async () => {
  const { text } = await asDeployer(`cd /opt/link-shortener
    rm -f backend.conf backends.conf; echo 'include /root/x;' | tee backend.conf backends.conf >/dev/null
    sudo -n ${helper} check; sudo -n ${helper} reload; cat ${rooted}/backend.conf
    echo 'include /root/x;' >${rooted}/backend.conf; rm -f ${rooted}/backend.conf`);
  assert.match(text, "nginx: the syntax is ok\nserver 127.0.0.1:8001;\n");
  await said(scene.lab, "h1", "install -m 600 /root/x /etc/nginx/conf.d/broken.conf");
  const broken = await asDeployer(`sudo -n ${helper} check; sudo -n ${helper} reload`);
  await said(scene.lab, "h1", "rm /etc/nginx/conf.d/broken.conf");
  assert.is(
    broken.text,
    `${helper}: nginx: configuration test failed in /etc/nginx/conf.d/broken.conf:1; root is told why by nginx -t\n`.repeat(
      2,
    ),
  );
});

test("writes nothing where root's files are: helper, copies, unit, rules", async () => {
  const before = await traces();
  const { text } = await asDeployer(`
    for file in ${helper} ${helper}.new ${rooted}/environment-green ${rooted}/environment-green.new ${rooted}/lock ${rooted}/x /etc/systemd/system/link-shortener@.service /etc/sudoers.d/x; do
      { echo x >$file || mv -f /bin/true $file || ln -sfn /tmp $file || rm $file || chmod u+w $file; } 2>/dev/null && echo "wrote $file"
    done
    for directory in $(dirname ${helper}) ${rooted} /etc/bgdeploy; do mv $directory /tmp/x 2>/dev/null && echo "moved $directory"; done
    cat ${rooted}/environment-blue 2>/dev/null; cat ${rooted}/lock 2>/dev/null; :`);
  assert.is(text, "");
  assert.is(await traces(), before);
});

test("racing its own calls leaves a whole environment and one line for nginx, and no other file", async () => {
  await asDeployer(`
    for n in 1 2 3 4 5 6 7 8; do
      { for i in $(seq 2000); do echo "N$n=\\"$n\\""; done; } | sudo -n ${helper} environment green &
      sudo -n ${helper} route 800$n & { sudo -n ${helper} environment green & sleep 0.0$n; kill $!; } </dev/zero
    done; wait; head -c 3000000 /dev/zero | sudo -n ${helper} environment green; sudo -n ${helper} environment green </dev/null`);
  assert.is(
    await said(scene.lab, "h1", `sort -u ${rooted}/environment-green | wc -l; wc -l <${rooted}/environment-green`),
    "1\n2000\n",
  );
  assert.match(await said(scene.lab, "h1", `cat ${rooted}/backend.conf`), /^server 127\.0\.0\.1:800[1-8];\n$/);
  assert.is(
    await said(scene.lab, "h1", `stat -c '%a %U %n' ${rooted} ${rooted}/*`),
    ["755 root ", "644 root backend.conf", "600 root environment-blue", "600 root environment-green", "600 root lock"]
      .map((line, index) => `${index === 0 ? `${line}${rooted}` : line.replace(/ (\S+)$/, ` ${rooted}/$1`)}\n`)
      .join(""),
  );
  await asDeployer(`sudo -n ${helper} route 8001 && sudo -n ${helper} reload`);
});

test("has no hold of another app, nor the other of this one", async () => {
  const other = helper.replace("link-shortener", "vault");
  const mine = await asDeployer(
    `sudo -n ${other} stop blue; sudo -n ${other} route 8001; sudo -n systemctl stop vault@blue.service`,
  );
  const theirs = await asDeployer(
    `sudo -n ${helper} stop blue; sudo -n ${helper} route 9001; sudo -n ${helper} check`,
    "rival",
  );
  for (const { text } of [mine, theirs])
    assert.equal(
      text.trim().split("\n"),
      Array.from({ length: 3 }, () => "sudo: a password is required"),
    );
  assert.match(await served(scene.lab, "h1"), "v1 blue");
});

test.run();
