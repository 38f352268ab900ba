import { roundDecimal, roundDouble, roundEven, toScale } from '../decimals.ts';
import type { SqlCall } from '../expression.ts';
import { castTo } from '../sql-type.ts';
import { scaleOf } from '../types.ts';
import { type Operation, type Operations, strict1 } from './operation.ts';

const isDouble = (call: SqlCall): boolean => call.args[0]!.type?.kind === 'double';

/** FLOOR and CEIL: whole numbers are their own, and decimals exact. */
const toWhole = (word: 'floor' | 'ceil', of: (x: number) => number): Operation => ({
  evaluate: ([a], call) => (isDouble(call) ? strict1(a!, of) : strict1(a!, (x: number) => of(x) + 0)),
  sql: ([a], call) => (isWholeArg(call) ? a!.sql : `${word}(${a!.sql})`),
});

const isWholeArg = (call: SqlCall): boolean => ['int', 'long', undefined].includes(call.args[0]!.type?.kind);

/** How many digits after the point ROUND keeps; it is a literal, 0 when it is left out. */
const digitsKept = (call: SqlCall): number => {
  const digits = call.args[1];
  return digits?.kind === 'literal' ? Number(digits.value) : 0;
};

/** Functions of numbers. */
export const numbers: Operations = {
  abs: {
    evaluate: ([a]) => strict1(a!, (x: number) => Math.abs(x)),
    sql: ([a], call) => `abs(${castTo(a!.sql, call.args[0]!.type, call.type)})`,
  },
  floor: toWhole('floor', Math.floor),
  ceil: toWhole('ceil', Math.ceil),
  round: {
    evaluate: ([a], call) => {
      const digits = digitsKept(call);
      if (isWholeArg(call)) return a!;
      if (isDouble(call)) {
        if (call.args.length === 1) return strict1(a!, roundEven);
        return strict1(a!, (x: number) => roundDouble(x, digits));
      }
      const scale = scaleOf(call.args[0]!.type);
      return strict1(a!, (x: number) => toScale(roundDecimal(x, scale, digits), Math.min(scale, digits)));
    },
    sql: ([a], call) => {
      if (isWholeArg(call)) return a!.sql;
      if (!isDouble(call)) return `round(${a!.sql}::numeric, ${digitsKept(call)})`;
      if (call.args.length === 1) return `round(${a!.sql})`;
      return `round(${a!.sql}::numeric, ${digitsKept(call)})::double precision`;
    },
  },
};
