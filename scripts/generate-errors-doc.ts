import { writeFileSync } from 'node:fs';
import { errors } from '../libs/core/src/index.ts';

/** Where the page is kept. */
export const ERRORS_DOC = new URL('../docs/errors.md', import.meta.url);

/** `{topic}` in a template is what the error fills in. */
const words = (template: string): string => template.replace(/\{(\w+)\}/g, '‹$1›').replaceAll('\n', ' ');

const entry = ([code, { message, remedy, retryable }]: [string, (typeof errors)[keyof typeof errors]]): string =>
  [
    `## ${code}`,
    '',
    `**What happened:** ${words(message)}`,
    '',
    `**Remedy:** ${words(remedy)}`,
    '',
    `**Tried again by itself:** ${retryable ? 'yes' : 'no, a person has to act first'}`,
    '',
  ].join('\n');

/** The page of all error codes, in the order of the alphabet. */
export function errorsDoc(): string {
  const entries = Object.entries(errors).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '# Error codes',
    '',
    'Generated from `libs/core/src/errors.ts` by `node scripts/generate-errors-doc.ts`. A code is public API: it is',
    'never renamed or given another meaning. Words in ‹› are filled in by the error. Codes appear in log lines',
    '(`err.code`), in answers of `/readyz` and `/livez` (`code`) and on standard error.',
    '',
    ...entries.map(entry),
  ].join('\n');
}

if (import.meta.main) writeFileSync(ERRORS_DOC, errorsDoc());
