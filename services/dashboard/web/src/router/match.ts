/** The parts of a path that a pattern named. */
export type Params = Readonly<Record<string, string>>;

/**
 * What `path` is by `pattern`: `:name` is one part of it, a last `*` whatever follows (as `rest`); null where it does not
 * fit.
 */
export function match(pattern: string, path: string): Params | null {
  const wanted = pattern.split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part === '*') return { ...params, rest: given.slice(index).join('/') };
    const value = given[index];
    if (value === undefined) return null;
    if (part.startsWith(':')) {
      const decoded = decode(value);
      if (decoded === null) return null;
      params[part.slice(1)] = decoded;
    } else if (part !== value) return null;
  }
  return given.length === wanted.length ? params : null;
}

const decode = (text: string): string | null => {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
};

/** A path of these parts, each escaped. */
export const path = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;
