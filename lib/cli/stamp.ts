/** A moment (epoch milliseconds) as people read it: `2026-05-13 09:30:00 UTC`. */
export function stampOf(time: number): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: "UTC", dateStyle: "short", timeStyle: "medium" });
  return `${format.format(time)} UTC`;
}
