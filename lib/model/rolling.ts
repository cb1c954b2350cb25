/** Waves instead of all hosts at once: for those who would rather see a few hosts go first than all or none. */
export type Rolling = {
  /** Hosts in a wave: a number, or a share of all (0 to 1). */
  readonly batch: { readonly hosts: number } | { readonly share: number };
  /** Milliseconds between two waves. */
  readonly pause: number;
  /** How many hosts may fail before the waves stop. */
  readonly maxFailures: number;
};

/** How many hosts a wave of a fleet has; at least one. */
export function waveSize({ batch }: Rolling, hosts: number): number {
  return Math.max(1, "hosts" in batch ? batch.hosts : Math.ceil(batch.share * hosts));
}
