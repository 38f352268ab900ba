/** What an expression of PromQL names. */
export type NamedInPromql = {
  readonly metrics: readonly { readonly name: string; readonly matchers: readonly string[] }[];
  /** Labels after by, without, on, ignoring, group_left and group_right. */
  readonly grouping: readonly string[];
};

const TOKEN =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\$\{?\w+\}?|[a-zA-Z_:][\w:]*|\d[\w.]*|[{}()[\],]|[=!~<>]+|[-+*/%^@]/g;
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);
const isName = (token: string | undefined): token is string => token !== undefined && /^[a-zA-Z_:]/.test(token);

/**
 * The metrics and labels that an expression names. It reads names, not grammar: promtool and Prometheus judge that.
 *
 * @example namedIn('sum by (job) (rate(a_total{b="1"}[5m]))') // a_total with b; grouped by job
 */
export function namedIn(expression: string): NamedInPromql {
  const tokens: readonly string[] = expression.match(TOKEN) ?? [];
  const metrics: { name: string; matchers: string[] }[] = [];
  const grouping: string[] = [];
  /** The names from behind an opening bracket up to the closing one. */
  const upTo = (at: number, end: string): string[] => tokens.slice(at, tokens.indexOf(end, at)).filter(isName);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const next = tokens[i + 1];
    if (!isName(token) || WORDS.has(token.toLowerCase())) continue;
    if (GROUPING.has(token)) {
      if (next !== '(') continue;
      grouping.push(...upTo(i + 2, ')'));
      i = tokens.indexOf(')', i);
    } else if (next === '{') {
      metrics.push({ name: token, matchers: upTo(i + 2, '}') });
      i = tokens.indexOf('}', i);
    } else if (next !== '(' && !GROUPING.has(next ?? '')) metrics.push({ name: token, matchers: [] });
  }
  return { metrics, grouping };
}
