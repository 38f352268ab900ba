/** The least number of inserted, removed or replaced characters that turn `a` into `b`; `limit + 1` when more. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return Math.min(previous[b.length]!, limit + 1);
}

/** Short names have many innocent neighbours (HOST and HOME, PORT and POST), so they allow just one difference. */
const allowance = (name: string): number => (name.length >= 8 ? 2 : 1);

/** The known name that `name` was probably meant to be, in any case of its letters; undefined when there is none. */
export function nearMiss(name: string, known: readonly string[]): string | undefined {
  const upper = name.toUpperCase();
  let nearest: { candidate: string; distance: number } | undefined;
  for (const candidate of known) {
    const limit = allowance(candidate);
    const distance = editDistance(upper, candidate, limit);
    if (distance <= limit && distance < (nearest?.distance ?? Number.POSITIVE_INFINITY))
      nearest = { candidate, distance };
  }
  return nearest?.candidate;
}
