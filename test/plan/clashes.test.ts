import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Neighbour } from "../../lib/model/neighbour.ts";
import { clashProblems, clashWarnings, freePorts } from "../../lib/plan/clashes.ts";
import { preflight, preflightAgain } from "../../lib/plan/preflight.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget } from "../support/target.ts";

const load = { bytes: 50e6, files: 1000 };
const set = "Set others in the config: ports: { blue: 8011, green: 8012 }";
const wiki = (ports: Neighbour["ports"], live?: number): Neighbour => ({ name: "wiki", ports, live });
const whose = "to the app wiki (/etc/systemd/system/wiki@.service)";

const both = [`ports 8001 and 8002 belong ${whose}. ${set}`];

const rows: readonly (readonly [what: string, options: TargetOptions, problems: readonly string[]])[] = [
  ["no other app", {}, []],
  ["an app with other ports", { facts: { neighbours: [wiki([8011, 8012])] } }, []],
  ["an app with the same ports", { facts: { neighbours: [wiki([8001, 8002])] } }, both],
  ["the same for an app that runs", { live: "blue", facts: { neighbours: [wiki([8001, 8002])] } }, both],
  ["an app with one of them", { facts: { neighbours: [wiki([8002, 8003])] } }, [`port 8002 belongs ${whose}. ${set}`]],
  ["an app on sockets", { facts: { neighbours: [wiki([])] } }, []],
  ["an app of one's own on sockets", { app: { listen: "socket" }, facts: { neighbours: [wiki([8001, 8002])] } }, []],
  ["koyo's app, where the usual port is live", { facts: { neighbours: [wiki(undefined, 8002)] } }, both],
  [
    "the same for an app that runs: what is only assumed does not count",
    { live: "blue", facts: { neighbours: [wiki(undefined, 8002)] } },
    [`port 8002 belongs ${whose}. ${set}`],
  ],
  [
    "the same for an app that runs on other ports",
    { live: "blue", app: { ports: { blue: 8001, green: 8003 } }, facts: { neighbours: [wiki(undefined, 8002)] } },
    [],
  ],
  ["koyo's app with ports of its own", { facts: { neighbours: [wiki(undefined, 9001)] } }, []],
  ["koyo's app whose files may not be read", { facts: { neighbours: [wiki(undefined)] } }, []],
  [
    "two apps",
    { facts: { neighbours: [wiki([8001, 9001]), { name: "blog", ports: [9002, 8002], live: undefined }] } },
    [
      `port 8001 belongs ${whose}. ${set}`,
      `port 8002 belongs to the app blog (/etc/systemd/system/blog@.service). ${set}`,
    ],
  ],
];

for (const [what, options, problems] of rows) {
  test(`beside ${what}, ${problems.length === 0 ? "the ports are one's own" : "the clash is named"}`, () => {
    const target = aTarget(options);
    const found = clashProblems(target, freePorts([target])).map((each) => each.what);
    assert.equal(found, problems);
  });
}

test("the ports that are proposed are free on every host: no app's, and nobody listens on them", () => {
  const hosts = [
    aTarget({ host: "h1", facts: { neighbours: [wiki([8001, 8002])], busyPorts: [8012] } }),
    aTarget({ host: "h2", facts: { neighbours: [wiki([8022, 9000])] } }),
    aTarget({ host: "h3", facts: { environmentPorts: { green: 8031 } } }),
  ];
  assert.equal(freePorts(hosts), { blue: 8041, green: 8042 });
});

test("where none of the usual ones is free, none are proposed", () => {
  const target = aTarget({ facts: { neighbours: [wiki(Array.from({ length: 960 }, (_, index) => 8000 + index))] } });
  const found = clashProblems(target, freePorts([target])).map((each) => each.what);
  assert.equal(found, [`ports 8001 and 8002 belong ${whose}. Set others in the config: ports: { blue: …, green: … }`]);
});

// What the neighbour runs on is live here, too: the other one's ports are taken as well.
const clash = { live: "blue", facts: { neighbours: [wiki([8001, 8002])] } } as const;
const taken = { ...clash, facts: { ...clash.facts, listeners: [{ port: 8002, user: "wiki" }] } } as const;

test("a run is refused once for a clash, whether or not somebody listens", () => {
  for (const options of [clash, taken]) {
    assert.equal(
      preflight(
        [aTarget(options), aTarget({ ...options, host: "h2", facts: { ...options.facts, machineId: "2" } })],
        load,
        "production",
      ),
      [`h1, h2: ${both[0]}`],
    );
  }
});

test("on a host that is not set up, the ports come before the setup that would be refused for them", () => {
  const facts = { ...clash.facts, execUserExists: false };
  const [first, second] = preflight([aTarget({ ...clash, facts })], load, "production");
  assert.is(first, `h1: ${both[0]}`);
  assert.match(second ?? "", "bgdeploy setup production");
});

test("a rollback or a restart goes on, with a warning, while the port is free", () => {
  assert.equal(preflightAgain([aTarget(clash)], "production"), []);
  assert.equal(clashWarnings([aTarget(clash)]), [{ host: "h1", text: both[0] }]);
});

test("a rollback or a restart whose port another app has taken is refused, with ports that are free", () => {
  assert.equal(preflightAgain([aTarget(taken)], "production"), [
    `h1: port 8002 (needed by shop@green.service) is in use by the app wiki. ${set}`,
  ]);
});

test.run();
