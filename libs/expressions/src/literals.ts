import { type FieldType, parseInstant, type Value } from '@medallion/schema';
import type { SqlNode } from './expression.ts';
import { Mistake } from './mistake.ts';
import { DATE, DOUBLE, decimalOf, INT, LONG, TIMESTAMP } from './types.ts';

const DAY_MS = 86_400_000;
const MAX_INT = 2_147_483_647;
/** Beyond it the arithmetic of doubles answers NULL; see operations/arithmetic.ts. */
export const MAX_DOUBLE = 1e150;
export const MIN_DOUBLE = 1e-150;

type LiteralNode = Extract<SqlNode, { kind: 'literal' }>;

export const literal = (value: Value, type: FieldType | null, at: number): LiteralNode => ({
  ...{ kind: 'literal', value, type, at },
});

/** A number as it is written: whole, or a decimal where there is a point, or a double where there are too many digits. */
export function numberLiteral(text: string, at: number): LiteralNode {
  const value = Number(text);
  if (/^[0-9]+$/.test(text)) {
    if (!Number.isSafeInteger(value))
      throw new Mistake(at, `${text} is beyond ±(2^53 − 1)`, 'compare with a smaller number, or write it with a point');
    return literal(value, value <= MAX_INT ? INT : LONG, at);
  }
  if (value !== 0 && (value > MAX_DOUBLE || value < MIN_DOUBLE))
    throw new Mistake(at, `${text} is beyond ±1e150 or nearer to zero than 1e-150`, 'compare with another number');
  if (/e/i.test(text)) return literal(value, DOUBLE, at);
  const [whole = '', fraction = ''] = text.split('.');
  return literal(value, decimalOf(whole.replace(/^0+/, '').length, fraction.length), at);
}

/** The day that `2026-12-24` names, or null. */
export function dayOf(text: string): number | null {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return null;
  const at = parseInstant(`${text}T00:00:00.000Z`);
  return at === null ? null : at / DAY_MS;
}

export function dateLiteral(text: string, at: number): LiteralNode {
  const day = dayOf(text);
  if (day === null) throw new Mistake(at, `'${text}' is no date`, "write it like '2026-12-24'");
  return literal(day as Value, DATE, at);
}

const TIMESTAMP_TEXT =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$/;

/** A point in time, in UTC where no zone is named. */
export function timestampLiteral(text: string, at: number): LiteralNode {
  const [, day, minute = '00:00', second = ':00', zone = 'Z'] = TIMESTAMP_TEXT.exec(text) ?? [];
  const instant = day === undefined ? null : parseInstant(`${day}T${minute}${second}${zone}`);
  if (instant === null)
    throw new Mistake(at, `'${text}' is no timestamp`, "write it like '2026-12-24 18:30:00', in UTC");
  return literal(instant, TIMESTAMP, at);
}
