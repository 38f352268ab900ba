import { messageOf } from '@medallion/core';
import type { AnyRow } from '@medallion/schema';
import type { Violation } from '../ports/index.ts';
import type { Refusal } from '../protocol/trace.ts';

/** What the steps of a table made of a row, which they have changed in place. */
export type Stepped =
  | { readonly kind: 'kept'; readonly warned: readonly string[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Broke an `expectOrFail`: the flow stops here, unless somebody decided to skip the record: then it is refused. */
  | { readonly kind: 'failed'; readonly rules: readonly string[]; readonly refusal: Refusal }
  /** Left out without a trace; whether rules had judged it before, and which of them had warned. */
  | { readonly kind: 'filtered'; readonly judged: boolean; readonly warned: readonly string[] };

/** What is known of a row on its way through the steps. */
export type Trail = { judged: boolean; warned: readonly string[] };

/** A step changes the row in place; null when the row goes on. */
export type Step = (row: AnyRow, trail: Trail) => Stepped | null;

export const NONE: readonly string[] = Object.freeze([]);
export const KEPT: Stepped = Object.freeze({ kind: 'kept', warned: NONE });
export const FILTERED: Stepped = Object.freeze({ kind: 'filtered', judged: false, warned: NONE });

/** The end of a row that leaves a trace. */
export const refused = (
  trail: Trail,
  outcome: Refusal['outcome'],
  reason: string,
  violations: readonly Violation[] = [],
): Extract<Stepped, { kind: 'refused' }> => ({
  kind: 'refused',
  refusal: { outcome, reason, violations, judged: trail.judged, warned: trail.warned },
});

/** An error's message as a reason: short, and without the NUL that Postgres refuses. */
export const short = (error: unknown): string => messageOf(error).slice(0, 80).replaceAll('\0', '');
