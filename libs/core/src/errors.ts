import { dashboardErrors } from './errors/dashboard.ts';
import { declarationErrors } from './errors/declaration.ts';
import type { Details, Entry } from './errors/entry.ts';
import { logErrors } from './errors/log.ts';
import { operationErrors } from './errors/operation.ts';
import { processErrors } from './errors/process.ts';
import { registryErrors } from './errors/registry.ts';
import { rowErrors } from './errors/rows.ts';
import { storeErrors } from './errors/store.ts';

/**
 * Every error that Medallion raises by name, by area. A code is public API: it is never renamed or given another meaning.
 * `retryable` says whether the engine may try again by itself; otherwise a person has to act first.
 */
export const errors = {
  ...declarationErrors,
  ...logErrors,
  ...registryErrors,
  ...storeErrors,
  ...rowErrors,
  ...operationErrors,
  ...processErrors,
  ...dashboardErrors,
};

/** A code of the catalogue. */
export type ErrorCode = keyof typeof errors;

const fill = (template: string, details: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name]));

/**
 * An error with a stable code, what happened and where, and the remedy.
 *
 * @example throw new MedallionError('MED_TOPIC_MISSING', { topic: 'santa.deliveries.raw' })
 */
export class MedallionError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly retryable: boolean;
  readonly remedy: string;
  readonly details: Details<(typeof errors)[C]>;

  constructor(code: C, details: Details<(typeof errors)[C]>, options?: ErrorOptions) {
    const entry: Entry = errors[code];
    super(`${code}: ${fill(entry.message, details)}. Remedy: ${fill(entry.remedy, details)}.`, options);
    this.name = 'MedallionError';
    this.code = code;
    this.retryable = entry.retryable;
    this.remedy = fill(entry.remedy, details);
    this.details = details;
  }
}

/** Whether an error is Medallion's own, with a code. */
export const isMedallionError = (error: unknown): error is MedallionError => error instanceof MedallionError;

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
