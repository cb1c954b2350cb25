import * as assert from "uvu/assert";
import { prepareByHand, specSudoers } from "../support/by-hand.ts";
import { ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { aJourney } from "./support/journey.ts";

const { test, lab, project } = aJourney("forky");
const file = "/etc/sudoers.d/koyo";

test("forky is a host with sudo-rs and uutils' coreutils", async () => {
  const versions = await said(lab(), "h2", "sudo --version; visudo --version; stat --version | head -n 1");
  assert.match(versions, /^sudo-rs .*\nvisudo.*rs .*\nstat \(uutils/);
});

test("koyo's sudo rules, which sudo-rs ignores, are named before anything is touched", async () => {
  await project().write({ hosts: ["h4"], settings: `version: "v0",` });
  const { stdout: site } = succeeded(await project().run("vhost", "production"));
  await prepareByHand(lab(), "h4", { sudoers: "deploy ALL=(root) NOPASSWD: /usr/bin/true\n", site });
  await lab().exec("h4", `cat >${file}; chmod 440 ${file}`, specSudoers("link-shortener", "/opt/link-shortener"));
  const why = `sudo says: ${file}:4:3: wildcards are not allowed in command arguments`;
  const { stdout: found } = ended(await project().run("doctor", "production"), 1);
  assert.match(found, why);
  assert.match(
    ended(await project().deploy("v1"), 2).stderr,
    `h4: sudo does not allow deploy to run \`systemctl reload nginx\` without a password: ${why}. Reinstall the rules: bgdeploy setup production --as root\n`,
  );
  await said(lab(), "h4", "rm /etc/sudoers.d/link-shortener");
  assert.match(ended(await project().deploy("v1"), 2).stderr, "wildcards are not allowed in command arguments");
  assert.is(await said(lab(), "h4", "ls -A /opt/link-shortener"), "backend.conf\nbackends.conf\n");
});

test("beside them, which sudo-rs complains of at each call, the rules of setup do", async () => {
  succeeded(await project().run("setup", "production", "--as", "root", "--yes"));
  assert.not.match(succeeded(await project().deploy("v1")).stdout, "warning");
  assert.is(await served(lab(), "h4"), "v1 blue");
});

test.run();
