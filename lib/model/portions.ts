/** @example portionsOf([1, 2, 3], 2) // [[1, 2], [3]] */
export function portionsOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / size);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}
