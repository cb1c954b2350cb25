/** A moment (epoch milliseconds) as people read it: `2026-05-13 09:30:00 UTC`. */
export function stampOf(time: number): string {
  return `${isoOf(time).slice(0, 19).replace("T", " ")} UTC`;
}

/** A moment (epoch microseconds) as people and programs read it, RFC 3339: `2026-05-13T09:30:00.123Z`. */
export function preciseStampOf(time: number): string {
  return isoOf(Math.floor(time / 1000));
}

function isoOf(time: number): string {
  // oxlint-disable-next-line no-restricted-globals -- it asks no clock
  return new Date(time).toISOString();
}
