import type { Instant } from '@medallion/core';
import type { FailedCheck } from './ops-client.ts';
import { printable } from './view/line.ts';
import type { ProblemView } from './view/model.ts';

/** While things start, parts wait for one another: what passes within so long is no problem. */
const PATIENCE_MS = 4_000;

/** The failed checks that are worth a person's attention. */
export const problemsOf = (
  reports: readonly { readonly name: string; readonly failed: readonly FailedCheck[] }[],
  now: Instant,
): ProblemView[] =>
  reports.flatMap(({ name, failed }) =>
    failed
      .filter(({ since }) => !(now - Date.parse(since) < PATIENCE_MS))
      .map((check) => problem(check.name === 'service' ? name : `${name} ${check.name}`, check)),
  );

/** A problem as it is shown. An error's message holds its code and its remedy, which are shown beside it. */
export function problem(
  where: string,
  { code, message, remedy }: { readonly code: string; readonly message: string; readonly remedy: string },
): ProblemView {
  const text = message.replace(`${code}: `, '').replace(`. Remedy: ${remedy}.`, '');
  return { where, code, message: printable(text.replaceAll('\n', ' ')), remedy: printable(remedy) };
}
