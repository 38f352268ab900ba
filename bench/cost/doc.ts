import { readFileSync, writeFileSync } from 'node:fs';
import { deployment, RATES } from './inputs.ts';
import { PRICES } from './prices.ts';
import { costTables } from './tables.ts';

/** The page that the tables stand in. */
export const COST_DOC = new URL('../../docs/operating/cost.md', import.meta.url);

const MARKS = /(<!-- tables of bench\/cost\/doc.ts -->\n)[\s\S]*?(\n<!-- end -->)/;

/** The page with tables that are current. */
export const withTables = (page: string): string => {
  if (!MARKS.test(page)) throw new Error('docs/operating/cost.md has lost the marks around its tables');
  return page.replace(
    MARKS,
    (_, before: string, after: string) => `${before}${costTables(PRICES, RATES, deployment)}${after}`,
  );
};

if (import.meta.main) writeFileSync(COST_DOC, withTables(readFileSync(COST_DOC, 'utf8')));
