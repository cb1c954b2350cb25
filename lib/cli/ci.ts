import { appendFileSync } from "node:fs";
import type { Ci } from "../report/ci.ts";
import type { World } from "./world.ts";

/** The CI that runs us: how its log is written, and where the summary of a job goes. */
export type HereCi = {
  readonly kind: Ci;
  /** Its log shows colours, though it is no terminal. */
  readonly color: boolean;
  readonly summarize: (markdown: string) => void;
};

/** GitHub Actions and GitLab CI say so themselves. With `--json` the log is a program's. */
export function ciOf(world: World): HereCi | undefined {
  const { env } = world;
  if (world.json || world.answer || world.stdout.isTerminal) return undefined;
  const kind = env["GITHUB_ACTIONS"] === "true" ? "github" : env["GITLAB_CI"] === "true" ? "gitlab" : undefined;
  if (kind === undefined) return undefined;
  const file = kind === "github" ? (env["GITHUB_STEP_SUMMARY"] ?? "") : "";
  return {
    kind,
    color: (env["NO_COLOR"] ?? "") === "" && env["FORCE_COLOR"] !== "0" && env["TERM"] !== "dumb",
    summarize(markdown) {
      if (file === "") return;
      try {
        appendFileSync(file, markdown);
      } catch (error) {
        // A deploy is not to fail for its summary.
        world.stderr.write(`The job summary could not be written: ${String(error)}\n`);
      }
    },
  };
}
