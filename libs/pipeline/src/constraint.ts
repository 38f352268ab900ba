import { ExpressionError } from '@medallion/expressions';
import type { ExpectationDeclaration } from './declaration.ts';
import type { Action } from './plan.ts';

const HEAD = /^\s*(?:CONSTRAINT\s+)?([a-z_]\w*)\s+EXPECT\s*(?=\()/i;
const TAIL = /^\s*(?:ON\s+VIOLATION\s+(DROP\s+ROW|QUARANTINE\s+ROW|FAIL\s+UPDATE))?\s*[,;]?\s*$/i;
const FORM = 'write CONSTRAINT name EXPECT (condition) ON VIOLATION DROP ROW, QUARANTINE ROW or FAIL UPDATE';
const ACTIONS: Readonly<Record<string, Action>> = { drop: 'drop', quarantine: 'quarantine', fail: 'fail' };

/**
 * An expectation from the words of SQL: `CONSTRAINT valid_amount EXPECT (amount > 0) ON VIOLATION DROP ROW`. Without
 * ON VIOLATION it warns.
 *
 * @throws ExpressionError (MED_EXPRESSION_INVALID) where the text has another form; its condition is not looked into.
 */
export function parseConstraint(text: string): ExpectationDeclaration {
  const head = HEAD.exec(text);
  if (head === null) throw new ExpressionError(text, 0, 'this is no constraint', FORM);
  const open = head[0].length;
  const close = closingOf(text, open);
  if (close === null) throw new ExpressionError(text, open, 'this parenthesis is not closed', 'close it with )');
  const tail = TAIL.exec(text.slice(close + 1));
  if (tail === null) throw new ExpressionError(text, close + 1, 'this does not say what a violation does', FORM);
  const action = ACTIONS[tail[1]?.split(/\s/)[0]?.toLowerCase() ?? ''] ?? 'warn';
  return { name: head[1]!, action, rule: { kind: 'sql', text: text.slice(open + 1, close).trim() } };
}

/** The parenthesis that closes the one at `open`; those in texts and quoted names do not count. */
function closingOf(text: string, open: number): number | null {
  let depth = 0;
  let quote: string | null = null;
  for (let at = open; at < text.length; at++) {
    const c = text[at]!;
    if (quote !== null) {
      // A doubled quote ends one text and begins the next, which comes to the same.
      if (c === quote) quote = null;
    } else if (c === "'" || c === '"') quote = c;
    else if (c === '(') depth++;
    else if (c === ')' && --depth === 0) return at;
  }
  return null;
}
