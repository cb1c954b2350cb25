import * as assert from "uvu/assert";
import { prepareByHand } from "../support/by-hand.ts";
import { ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { aJourney } from "./support/journey.ts";

const { test, lab, project } = aJourney("bullseye");

test("where /bin is no link, setup's rules name what is there", async () => {
  const rules = await said(lab(), "h2", "cat /etc/sudoers.d/link-shortener-bgdeploy");
  assert.match(rules, "NOPASSWD: /bin/systemctl reload nginx\n");
  assert.match(rules, "NOPASSWD: /usr/bin/tee /etc/systemd/system/link-shortener@.service\n");
  assert.not.match(rules, "/usr/bin/systemctl");
});

test("rules with a program's path on other systems are named before anything is touched, and setup mends them", async () => {
  await project().write({ hosts: ["h4"], settings: `version: "v0",` });
  const { stdout: sudoers } = succeeded(await project().run("sudoers", "production"));
  const { stdout: site } = succeeded(await project().run("vhost", "production"));
  await prepareByHand(lab(), "h4", { sudoers, site });
  const why = "its rule names /usr/bin/systemctl, but here it is /bin/systemctl";
  assert.match(
    ended(await project().run("doctor", "production"), 1).stdout,
    `wrong    sudo does not allow deploy to run \`systemctl reload nginx\` (moves the traffic); ${why}. The rule: deploy ALL=(root) NOPASSWD: /bin/systemctl reload nginx\n`,
  );
  assert.match(
    ended(await project().deploy("v1"), 2).stderr,
    `h4: sudo does not allow deploy to run \`systemctl reload nginx\` without a password: ${why}. Reinstall the rules: bgdeploy setup production --as root\n`,
  );
  assert.is(await said(lab(), "h4", "ls -A /opt/link-shortener"), "backend.conf\nbackends.conf\n");
  succeeded(await project().run("setup", "production", "--as", "root", "--yes"));
  assert.not.match(succeeded(await project().deploy("v1")).stdout, "warning");
  assert.is(await served(lab(), "h4"), "v1 blue");
});

test.run();
