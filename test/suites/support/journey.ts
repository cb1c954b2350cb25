import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type { Suite } from "../../lab/debian.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import { labSuite } from "../../lab/suite.ts";
import { type Tally, loads } from "../../load/loads.ts";
import { succeeded } from "../../support/e2e.ts";
import { served } from "../../support/hosts.ts";
import { type Project, aProject } from "../../support/project.ts";
import { essence, versionsInReadme, versionsOn } from "./versions.ts";

export type Journey = {
  readonly test: Test;
  /** Its host h4 is as Debian made it. */
  readonly lab: () => Lab;
  readonly project: () => Project;
};

/** What a user meets from the first setup to a rollback under load, as each of the users who may deploy, on one Debian release. */
export function aJourney(suite: Suite): Journey {
  const test = labSuite(suite);
  let lab: Lab;
  let project: Project;
  test.before(async () => {
    try {
      lab = await startLab({ hosts: 4, name: `suite-${suite}`, bastion: false, suite });
      project = await aProject({ lab });
    } catch (error) {
      process.stderr.write(`${String(error)}\n`); // uvu hides what a hook throws
      throw error;
    }
  });
  test.after(async () => {
    await project?.remove();
    await lab?.down();
  });

  test(`${suite}: README's table has its programs (else: node test/suites/write-table.ts)`, async () => {
    assert.equal(essence(suite, versionsInReadme(suite)), essence(suite, await versionsOn(lab, "h1")));
  });

  for (const [who, alias, more] of [
    ["root", "root-h1", ""],
    ["a user with a few sudo rules", "h2", ""],
    ["a user with the helper alone", "h3", "strict: true,"],
  ] as const) {
    const host = alias.replace("root-", "");
    test(`${suite}: ${who} sets up, deploys twice and rolls back, and loses no request`, async () => {
      await project.write({
        hosts: [alias],
        settings: `version: "v0", ${more} env: { ...example.env, LINK_SHORTENER_DEBUG: "true" },`,
      });
      succeeded(await project.run("setup", "production", "--as", "root", "--yes"));
      assert.match(succeeded(await project.run("doctor", "production")).stdout, `${alias}: fine`);
      assert.not.match(succeeded(await project.deploy("v1")).stdout, "warning");
      assert.is(await served(lab, host), "v1 blue");
      await losesNothing(lab, host, async () => {
        assert.not.match(succeeded(await project.deploy("v2")).stdout, "warning");
        assert.is(await served(lab, host), "v2 green");
        succeeded(await project.run("rollback", "production"));
      });
      assert.is(await served(lab, host), "v1 blue");
      assert.match(succeeded(await project.run("status", "production")).stdout, /v1/);
      assert.match(succeeded(await project.run("doctor", "production")).stdout, `${alias}: fine`);
    });
  }
  return { test, lab: () => lab, project: () => project };
}

async function losesNothing(lab: Lab, host: string, act: () => Promise<void>): Promise<void> {
  const address = lab.hosts.find(({ name }) => name === host)?.address ?? "";
  const running = [loads.slow, loads.flatOut].map((load) => load.start(address));
  let tallies: readonly Tally[] = [];
  try {
    await act();
  } finally {
    tallies = await Promise.all(running.map((load) => load.stop()));
  }
  for (const { requests, failures } of tallies) {
    assert.ok(requests > 20);
    assert.equal(failures, []);
  }
}
