#!/usr/bin/env node
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkHealth } from "../lib/health-check.ts";
import { serve } from "../lib/serve.ts";
import { parsePort, readSettings } from "../lib/settings.ts";

const usage = `Usage: link-shortener              serve on HOST:PORT, or on the unix socket SOCKET
       link-shortener -c PORT      exit 0 if the one on 127.0.0.1:PORT is healthy; or on a socket: -c /path
       link-shortener --version
`;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  const { values } = parseArgs({
    options: {
      check: { type: "string", short: "c" },
      version: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const place = values.check?.startsWith("/") ? values.check : values.check && parsePort(values.check);
  const settings = readSettings(process.env, root);

  if (values.help) process.stdout.write(usage);
  else if (values.version) console.log(settings.version);
  else await failWithSentence(() => (place === undefined ? serve(settings, root) : checkHealth(place)));
} catch (error) {
  process.stderr.write(`${sentence(error)}\n${usage}`);
  process.exitCode = 2;
}

async function failWithSentence(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    console.error(`link-shortener: ${sentence(error)}`);
    process.exitCode = 1;
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
