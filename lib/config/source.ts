import type { WrittenConfig } from "./define.ts";

type Key = keyof WrittenConfig;

/** What stands above a key, in the order in which keys are written. */
const comments: readonly (readonly [Key, string])[] = [
  ["app", "Names the unit, the directory /opt/<app> and the program <dist>/bin/<app>."],
  ["dist", "Directory of the build to upload."],
  ["version", "Version of the release."],
  ["destination", "Directory of the app on the hosts."],
  ["exec", "How the service starts: the program in <dist>/bin, its arguments, its user."],
  ["user", "Owner of the files if the ssh user is root."],
  ["group", "Group of the files."],
  ["domain", "Domain of the nginx site."],
  ["ports", "Ports of the two variants, on the host's loopback interface."],
  ["envPrefix", "Prefix of the variables that bgdeploy sets: <PREFIX>_HTTP_PORT."],
  ["env", "Environment variables of the service. For secrets, use `secrets`."],
  ["secrets", "Names of variables that are taken from your environment and never shown."],
  ["health", "Health check that the new variant must pass before it gets traffic."],
  ["unit", "Directives of the systemd unit, by section."],
  ["pre", "Runs on each host before the new variant starts."],
  ["post", "Runs on each host once the new variant is live."],
  ["sshConfig", "The ssh_config with the hosts."],
  ["sshFlags", "Flags for every ssh and rsync."],
  ["knownHosts", "File with the hosts' public keys; all others are refused."],
  ["stages", "Each stage has its hosts and may override any key above."],
];

/** What a first config could say, for a person to take in. */
const suggestions: readonly (readonly [Key, string])[] = [
  ["env", 'env: { LOG_LEVEL: "info" }, // environment variables of the service'],
  ["secrets", 'secrets: ["DATABASE_URL"], // taken from your environment, and never shown'],
  ["health", 'health: { http: "/healthz" }, // before traffic moves (default: the port must accept connections)'],
  ["ports", "ports: { blue: 8001, green: 8002 }, // ports of the two variants"],
  ["domain", 'domain: "shop.example", // domain of the nginx site (default: any name)'],
  ["pre", 'pre: "scripts/migrate.sh", // runs on each host before the new variant starts'],
];

/**
 * A config as a file of TypeScript, with a comment for each key. Pure.
 *
 * @param heading what stands above it, in one line.
 */
export function configSource(config: WrittenConfig, heading: string): string {
  const keys = comments.filter(([key]) => config[key] !== undefined);
  const blocks = keys.map(([key, comment]) => `  // ${comment}\n  ${key}: ${toSource(config[key], 1)},\n`);
  const more = suggestions.filter(([key]) => config[key] === undefined).map(([, line]) => `  // ${line}\n`);
  const rest = more.length === 0 ? [] : [`  // Further options:\n${more.join("")}`];
  return `import { defineConfig } from "bgdeploy";

/** ${heading} */
export default defineConfig({
${[...blocks, ...rest].join("\n")}});
`;
}

/** A value as TypeScript: on one line where it is short. */
function toSource(value: unknown, depth: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const items = entries.map(([key, each]) => {
    const text = toSource(each, depth + 1);
    return Array.isArray(value) ? text : `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${text}`;
  });
  const space = Array.isArray(value) || items.length === 0 ? "" : " ";
  const line = `${open}${space}${items.join(", ")}${space}${close}`;
  if (line.length <= 90 && !line.includes("\n")) return line;
  const indent = "  ".repeat(depth);
  return `${open}\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}${close}`;
}
