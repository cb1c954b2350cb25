/** A moment (epoch milliseconds) as ISO 8601 has it, in UTC: `2026-05-13T09:30:00.000Z`. */
export function timestamp(time: number): string {
  return new Date(time).toISOString();
}
