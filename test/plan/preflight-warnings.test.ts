import { test } from "uvu";
import * as assert from "uvu/assert";
import { preflightWarnings } from "../../lib/plan/preflight.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, aUnit } from "../support/target.ts";

const root = { kind: "root" } as const;

const warnings: readonly (readonly [string, TargetOptions, readonly string[]])[] = [
  ["a sound host", { live: "blue", app: { user: "deploy" } }, []],
  [
    "a live variant that is down",
    { live: "blue", app: { user: "deploy" }, facts: { units: { blue: aUnit("failed") } } },
    ["the live variant blue is DOWN: no request is served. The deploy goes on, to green"],
  ],
  [
    "a site that includes nothing of ours",
    { app: { user: "deploy" }, facts: { nginx: { includesBackend: false } } },
    [
      "no nginx site includes /opt/shop/backend.conf: traffic may not reach the app. `bgdeploy vhost <stage>` prints a site",
    ],
  ],
  ["a site that cannot be read", { app: { user: "deploy" }, facts: { nginx: { includesBackend: undefined } } }, []],
  [
    "files that belong to the ssh user, where the config names another",
    { app: { user: "shop" } },
    ["the files belong to deploy, not to `user` shop: only root could change the owner"],
  ],
  [
    "a live port that another user has taken, which the run moves visitors away from",
    { live: "blue", app: { user: "deploy" }, facts: { strangers: { blue: "nobody (uid 65534)", green: undefined } } },
    [
      `A STRANGER LISTENS: 127.0.0.1:8001, where visitors are sent, belongs to nobody (uid 65534), not to shop@blue.service. End that program; nobody can take a socket (\`listen: "socket"\`). Which it is: sudo ss -ltnp 'sport = :8001'`,
    ],
  ],
  [
    "an idle port that another user has taken: nobody is sent there",
    { live: "blue", app: { user: "deploy" }, facts: { strangers: { blue: undefined, green: "nobody (uid 65534)" } } },
    [],
  ],
  [
    "an idle port that another user has taken, where the site switches instantly and so has it as second choice",
    {
      live: "blue",
      app: { user: "deploy" },
      facts: { nginx: { includesFlag: true }, strangers: { blue: undefined, green: "nobody (uid 65534)" } },
    },
    [
      `A STRANGER LISTENS: 127.0.0.1:8002, where visitors are sent when blue does not answer, belongs to nobody (uid 65534), not to shop@green.service. End that program; nobody can take a socket (\`listen: "socket"\`). Which it is: sudo ss -ltnp 'sport = :8002'`,
    ],
  ],
  ["files that belong to the ssh user, where the config names none", { app: { user: undefined } }, []],
  ["files that root gives away", { app: { user: "shop" }, facts: { sudo: root } }, []],
];

for (const [what, options, texts] of warnings) {
  test(`of ${what}, ${texts.length === 0 ? "nothing is warned" : "a warning is given"}`, () => {
    assert.equal(
      preflightWarnings([aTarget(options)]),
      texts.map((text) => ({ host: "h1", text })),
    );
  });
}

test.run();
