import type { Event } from "../run/event.ts";
import type { Outcome } from "../run/outcome.ts";
import type { Color } from "./paint.ts";

/** Shows a run while it goes on, and what it came to. */
export type Reporter = { on(event: Event): void; end(outcome: Outcome): void };

/** Where a reporter writes: the terminal, a pipe, or a test. */
export type Screen = {
  write(text: string): void;
  /** Writes a command for the CI that runs us, as it is. */
  command?(text: string): void;
  readonly color: Color;
  readonly columns: number;
};

/** What the commands that we advise to type are made of. */
export type Advice = {
  readonly app: string;
  /** What starts this program. @example "npx bgdeploy" */
  readonly program: string;
  /** The unit of nginx. @example "nginx.service" */
  readonly nginx: string;
  /** What was typed: the way back from a rollback is another one than from a run. */
  readonly action: "run" | "rollback" | "restart" | "deploy";
  /** The flags that chose config and hosts, as they were typed. @example ["--only", "web1"] */
  readonly flags: readonly string[];
  /** All flags as they were typed, but how loud to be; without values that may be secret. */
  readonly typed: readonly string[];
  /** The words before a host's name. @example ["ssh", "-F", "infra/ssh_config"] */
  readonly ssh: readonly string[];
};
