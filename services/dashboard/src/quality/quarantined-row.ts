import type { QuarantinedRow, Row } from '../contract/index.ts';
import type { Shown } from './known-tables.ts';
import { maskedRow } from './masked-row.ts';
import { bytesText, instantText, visible } from './safe-text.ts';

/** A row of `medallion.quarantine` as it is read: bytes to a bound, JSON where it is not too long. */
export type QuarantineRecord = {
  readonly table: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly flow: string;
  readonly index: number;
  readonly outcome: string;
  readonly reason: string;
  readonly recorded_at: number;
  readonly ingested_at: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly violations: readonly unknown[] | null;
  readonly headers: Readonly<Record<string, unknown>> | null;
  readonly row: unknown;
  /** Whether there is a row, also where it is too long to be read. */
  readonly readable: boolean;
  readonly requested_at: number | null;
  readonly requested_by: string | null;
};

/** Said where a reason may quote what must not be shown. */
export const UNTOLD = 'not shown here: it may quote the record';

/** What of a header is shown. */
const HEADER_CHARACTERS = 1_000;

/**
 * A row of the quarantine as people see it. Bytes, key and headers are for those who may see them (`bytes`), and for nobody
 * where there is something personal in the table or in what it is made from; nor is then what might quote them.
 */
export function quarantinedRow(record: QuarantineRecord, shown: Shown, bytes: boolean): QuarantinedRow {
  const { table, topic, partition, offset, flow, index, outcome, requested_by } = record;
  const whole = bytes && !shown.sensitive;
  const key = whole && record.key !== null ? bytesText(record.key) : null;
  const value = whole && record.value !== null ? bytesText(record.value) : null;
  const violations = (record.violations ?? []).map(violationOf);
  const rules = violations.map(({ expectation }) => expectation);
  return {
    place: { table, topic, partition, offset, flow, index },
    outcome,
    reason: whole ? visible(record.reason) : reasonOf(outcome, rules),
    rules,
    violations,
    recordedAt: instantText(record.recorded_at) ?? instantText(record.ingested_at)!,
    ingestedAt: instantText(record.ingested_at)!,
    key: key?.text ?? null,
    value: value?.text ?? null,
    cut: (key?.cut ?? false) || (value?.cut ?? false) || (record.readable && record.row === null),
    headers: whole ? headersOf(record.headers) : {},
    row: maskedRow(record.row, whole ? 'all' : shown) as Row | null,
    redrivenAt: instantText(record.requested_at),
    redrivenBy: requested_by,
  };
}

/** What is known of a reason without its own words. */
const reasonOf = (outcome: string, rules: readonly string[]): string =>
  outcome === 'violation' || outcome === 'dropped' ? `broke ${rules.join(', ')}` : UNTOLD;

type ShownViolation = { readonly expectation: string; readonly action: string; readonly rule: string };

/** As the engine writes it, whoever wrote it. */
function violationOf(violation: unknown): ShownViolation {
  const { expectation, action, rule } = (violation ?? {}) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === 'string' ? visible(value.slice(0, 1_000)) : '');
  return { expectation: text(expectation), action: text(action), rule: text(rule) };
}

const headersOf = (headers: QuarantineRecord['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [
      visible(name.slice(0, 200)),
      visible(String(value).slice(0, HEADER_CHARACTERS)),
    ]),
  );
