export function seconds(count: number): string {
  return `${count.toFixed(1).padStart(6)} s`;
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
