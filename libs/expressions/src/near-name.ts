/** The least number of inserted, removed, replaced or swapped characters that turn `a` into `b`. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(rows[i - 1]![j - 1]! + (same ? 0 : 1), rows[i - 1]![j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The known name that was probably meant, in any case of its letters; undefined when none is near. */
export function nearName(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase().slice(0, 100);
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    // Short names have many innocent neighbours.
    const limit = candidate.length >= 8 ? 2 : 1;
    const found = distance(lower, candidate.toLowerCase());
    if (found <= limit && found < least) {
      nearest = candidate;
      least = found;
    }
  }
  return nearest;
}

/** `did you mean "amount"?`, or else the names that there are. */
export function suggest(name: string, known: readonly string[], what: string): string {
  const near = nearName(name, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (known.length === 0) return `there are no ${what}`;
  const shown = known.slice(0, 12).join(', ');
  return `${what}: ${shown}${known.length > 12 ? ` and ${known.length - 12} more` : ''}`;
}
