import type { WrittenConfig } from "./define.ts";

type Key = keyof WrittenConfig;

/** What stands above a key, in the order in which keys are written. */
const comments: readonly (readonly [Key, string])[] = [
  ["app", "Names the unit, the directory /opt/<app> and the program <dist>/bin/<app>."],
  ["dist", "The build to upload."],
  ["version", "Names the release."],
  ["destination", "Where the app lives on the hosts."],
  ["exec", "How the service is started: the program in <dist>/bin, its arguments, its user."],
  ["user", "Owns the files, where the ssh user is root."],
  ["group", "Group of the files."],
  ["domain", "The name that the nginx site answers to."],
  ["ports", "Where the two variants listen, on the host's loopback."],
  ["envPrefix", "Starts the names that bgdeploy sets: <PREFIX>_HTTP_PORT."],
  ["env", "Variables of the service. A secret does not belong here, but by its name into `secrets`."],
  ["secrets", "Variables taken from the environment of the command line, and never shown."],
  ["health", "When the new variant is fit for traffic."],
  ["unit", "Directives of the systemd unit, by section."],
  ["pre", "Runs on each host before the new variant starts."],
  ["post", "Runs on each host once the new variant is live."],
  ["sshConfig", "The ssh_config that knows the hosts."],
  ["sshFlags", "Flags for every ssh and rsync."],
  ["knownHosts", "The keys of the hosts; no other is accepted."],
  ["stages", "Named hosts. A stage may say any of the keys above differently."],
];

/** What a first config could say, for a person to take in. */
const suggestions: readonly (readonly [Key, string])[] = [
  ["env", 'env: { LOG_LEVEL: "info" }, // variables of the service'],
  ["secrets", 'secrets: ["DATABASE_URL"], // taken from the environment of the command line, and never shown'],
  ["health", 'health: { http: "/healthz" }, // ask before traffic moves; else the port must accept'],
  ["ports", "ports: { blue: 8001, green: 8002 }, // where the two variants listen"],
  ["domain", 'domain: "shop.example", // the name that the nginx site answers to; else every name'],
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
  const rest = more.length === 0 ? [] : [`  // More, where it is wanted:\n${more.join("")}`];
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
