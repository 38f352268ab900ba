/** Where two collections differ, whatever the order they are in; one line, or none. */
export function sortedDifferences(
  what: string,
  expected: readonly unknown[],
  found: readonly unknown[],
): readonly string[] {
  const texts = (of: readonly unknown[]): string[] => of.map((each) => JSON.stringify(each)).sort();
  const [left, right] = [texts(expected), texts(found)];
  if (left.length === right.length && left.every((text, i) => text === right[i])) return [];
  const missing = left.filter((text) => !right.includes(text));
  const foreign = right.filter((text) => !left.includes(text));
  return [
    `${what}: ${right.length}, expected ${left.length}; missing ${missing.slice(0, 3).join(' ')}; not expected ${foreign.slice(0, 3).join(' ')}`,
  ];
}
