import type { Ended } from "../../support/bgdeploy.ts";
import { withoutTimes } from "../../support/hosts.ts";

/** What a run says at its end, whole: without times, sizes, places in files and the lab's paths. */
export function told({ stdout, stderr }: Ended): string {
  const [, ...blocks] = `${stdout}${stderr}`.split("\n\n");
  return (
    withoutTimes(blocks.join("\n\n"))
      .replaceAll(/\d\d\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d \[emerg\] \d+#\d+/g, "[emerg]")
      .replaceAll(/ {2}[\d.]+ s( {2}.*sent)?$/gm, " T s")
      .replaceAll(/\/\S*\/deploy\.config\.ts:\d+/g, "deploy.config.ts:N")
      .replaceAll(/\/\S*\/scripts\//g, "scripts/")
      .replaceAll(/-F \S+/g, "-F ssh_config")
      // Which of the host's processes speaks last is chance, and so is what stands between.
      .replaceAll(/(… )?(rsync error: .*) at \w+\.c\(\d+\) \[\w+=[\d.]+\]/g, "$2")
      .replaceAll(/Connection to \S+ closed/g, "Connection closed")
  );
}

/** The four parts of an error: what became of it, what is live, what happened, and what to type. */
export function failedText(live: string, ...lines: readonly string[]): string {
  const [version, variant] = live.split(" ");
  const slot = `${version} (${variant})`;
  return `h1  ${slot}  undone T s

Failed and undone.
${slot} is still live on h1.

${lines.join("\n    ")}
`;
}
