import { invariant } from '@medallion/core';
import type { SqlCall } from '../expression.ts';
import { arithmetic } from './arithmetic.ts';
import { casts } from './casts.ts';
import { choice } from './choice.ts';
import { comparison } from './comparison.ts';
import { logic } from './logic.ts';
import { numbers } from './numbers.ts';
import type { Operation } from './operation.ts';
import { texts } from './texts.ts';
import { times } from './times.ts';

const ALL = new Map<string, Operation>(
  [logic, comparison, arithmetic, numbers, texts, times, choice, casts].flatMap((group) => Object.entries(group)),
);

/** What a call means. */
export function operationOf({ name }: SqlCall): Operation {
  const operation = ALL.get(name);
  invariant(operation !== undefined, `there is no operation ${name}`);
  return operation;
}
