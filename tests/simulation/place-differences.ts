/** Places of rows that must not be there; and of those that are missing, where all are expected. */
export function placeDifferences(
  expected: ReadonlySet<string>,
  found: ReadonlySetLike<string>,
  isEnd: boolean,
): readonly string[] {
  const there = new Set(keysOf(found));
  const lines = [...there.difference(expected)].map((place) => `${place} is not expected`);
  if (isEnd) for (const place of expected.difference(there)) lines.push(`${place} is missing`);
  return lines;
}

function* keysOf(found: ReadonlySetLike<string>): Generator<string> {
  const keys = found.keys();
  for (let next = keys.next(); next.done !== true; next = keys.next()) yield next.value;
}
