/** The middle of some numbers; of an even count, the mean of the two in the middle. `NaN` of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between the two nearest, in proportion. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [low = Number.NaN, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

export type Point = { readonly x: number; readonly y: number };

/** The line through points by least squares. */
export function line(points: readonly Point[]): { readonly slope: number; readonly start: number } {
  const mean = (pick: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const slope = mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2);
  return { slope, start: y - slope * x };
}
