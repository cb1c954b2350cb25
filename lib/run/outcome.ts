import type { ExitCode } from "../errors.ts";
import type { Release } from "../model/release.ts";
import type { Variant } from "../model/variant.ts";

/** What a run came to on one host. */
export type HostOutcome = {
  readonly host: string;
  /** `live`: the new release serves. `undone`: what was begun was put back. `untouched`: nothing had begun. `mend`: something is left to mend. */
  readonly end: "live" | "undone" | "untouched" | "mend";
  readonly from: { readonly release: string | undefined; readonly variant: Variant | undefined };
  readonly to: { readonly release: string; readonly variant: Variant };
  /** What the host said at the end of a run that failed; `undefined` where it could not be asked, or cannot tell. */
  readonly now?:
    | {
        readonly release: string | undefined;
        readonly variant: Variant;
        /** File, units and records agree about it. */
        readonly isProven: boolean;
        /** Why nobody is served. */
        readonly trouble: string | undefined;
      }
    | undefined;
  readonly seconds: number;
  /** Bytes that the upload sent. */
  readonly bytes: number;
  /** What failed here, first failure first; an undo that failed comes after what it tried to undo. */
  readonly failures: readonly Failure[];
};

export type Failure = {
  readonly task: string;
  readonly undo: boolean;
  readonly error: Error;
  /** It came after an interrupt, which ends waits. */
  readonly interrupted: boolean;
};

/** What a run came to. */
export type Outcome = {
  readonly stage: string;
  readonly release: Release;
  readonly exitCode: ExitCode;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly hosts: readonly HostOutcome[];
};
