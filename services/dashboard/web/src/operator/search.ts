/** What a search finds, in the order of what is searched. Every word has to be somewhere in it, upper or lower case alike. */
export function found<T>(
  items: readonly T[],
  query: string,
  textsOf: (item: T) => readonly (string | null)[],
): readonly T[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  return items.filter((item) => {
    const text = textsOf(item).join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The one after or before `current` of what was found, and round again. */
export function next<T>(items: readonly T[], current: T | null, step: 1 | -1): T | null {
  if (items.length === 0) return null;
  const at = current === null ? -1 : items.indexOf(current);
  if (at === -1) return (step === 1 ? items[0] : items.at(-1)) ?? null;
  return items[(at + step + items.length) % items.length] ?? null;
}

/** A text in pieces, those that were searched for marked. */
export function marked(text: string, query: string): readonly { readonly text: string; readonly hit: boolean }[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const lower = text.toLowerCase();
  const hits = new Array<boolean>(text.length).fill(false);
  for (const word of words)
    for (let at = lower.indexOf(word); at !== -1; at = lower.indexOf(word, at + 1))
      hits.fill(true, at, at + word.length);
  const pieces: { text: string; hit: boolean }[] = [];
  for (const [i, hit] of hits.entries()) {
    const last = pieces.at(-1);
    if (last?.hit === hit) last.text += text[i];
    else pieces.push({ text: text[i] as string, hit });
  }
  return pieces;
}
