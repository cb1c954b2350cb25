const units = ["kB", "MB", "GB", "TB"];

/** Bytes as people read them, by powers of 1000: `512 B`, `1.3 MB`. */
export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  let amount = bytes / 1000;
  let unit = 0;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${amount < 99.95 ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`;
}
