/** What stands in the place of a secret. */
export const MASK = '***';

const NAMED_SECRET =
  /((?:password|passwd|pwd|passphrase|secret|token|api_?key)["']?\s*(?:=|"\s*:|'\s*:)\s*)("[^"]*"|'[^']*'|[^\s&;,"'}]+)/gi;

/** `scheme://user:password@host` up to the last `@` of the run: a password may contain `/`, `:` and even `@`. */
function maskUrl(run: string): string {
  const start = run.indexOf('://');
  const end = run.lastIndexOf('@');
  return start >= 0 && end > start ? `${run.slice(0, start + 3)}${MASK}${run.slice(end)}` : run;
}

/**
 * A text without credentials: the user and password of every URL and the value of every `password=…` are replaced.
 * Rather hides too much than too little, and takes time linear in the length of the text.
 *
 * @example maskCredentials('postgres://me:pw@db/gold') // 'postgres://***@db/gold'
 */
export function maskCredentials(text: string): string {
  const withoutUrls = text.includes('://') && text.includes('@') ? text.replace(/\S+/g, maskUrl) : text;
  return withoutUrls.replace(NAMED_SECRET, `$1${MASK}`);
}
