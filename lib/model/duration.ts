/** A length of time as a person writes it: `"250ms"`, `"30s"`, `"5m"`, `"2h"`, `"30d"`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration, or `undefined` when the text is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const unit = milliseconds[match?.[2] ?? ""];
  return match && unit !== undefined ? Number(match[1]) * unit : undefined;
}

/** The same milliseconds as a person would write them: the largest unit that goes without a fraction. */
export function showDuration(given: number): Duration {
  const units = ["d", "h", "m", "s"] as const;
  const unit = given === 0 ? "s" : units.find((each) => given % (milliseconds[each] ?? 1) === 0);
  return unit === undefined ? `${given}ms` : `${given / (milliseconds[unit] ?? 1)}${unit}`;
}

/** Seconds as people read them: `0.4 s`, `12 s`, `3 min 5 s`. */
export function showSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
