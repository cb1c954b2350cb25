#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

// An older Node cannot even read what follows: its own words would help nobody.
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`bgdeploy needs Node 22.18 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  const [{ main }, { realWorld }] = await Promise.all([import("../lib/cli/main.ts"), import("../lib/cli/world.ts")]);
  await main(realWorld());
}
