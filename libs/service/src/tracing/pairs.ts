/** `name=value,name=value`, names and values percent-encoded, as OpenTelemetry writes lists; null when it is none. */
export function parsePairs(text: string): Readonly<Record<string, string>> | null {
  const pairs: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(pair.slice(0, Math.max(0, equals)));
    const value = decoded(pair.slice(equals + 1));
    if (name === null || name === '' || value === null) return null;
    pairs[name] = value;
  }
  return pairs;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return null;
  }
}
