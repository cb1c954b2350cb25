/** A moment (epoch milliseconds) as people read it: `2026-05-13 09:30:00 UTC`. */
export function stampOf(time: number): string {
  // oxlint-disable-next-line no-restricted-globals -- it asks no clock
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
