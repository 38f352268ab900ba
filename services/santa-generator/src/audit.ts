import type { GeneratedRecord } from './generator.ts';
import { RECORD_KINDS, type RecordKind } from './kinds.ts';

/** What was sent: of each kind how many, in all, and between which event times. */
export type AuditReport = {
  readonly records: number;
  readonly bytes: number;
  /** Every kind, also those that did not occur. */
  readonly byKind: Readonly<Record<RecordKind, number>>;
};

/** Counts what was sent. */
export interface Audit {
  add(records: readonly GeneratedRecord[]): void;
  report(): AuditReport;
}

/** An audit that has seen nothing yet. */
export function createAudit(): Audit {
  const byKind = Object.fromEntries(RECORD_KINDS.map((kind) => [kind, 0])) as Record<RecordKind, number>;
  let records = 0;
  let bytes = 0;
  return {
    add(batch) {
      for (const { kind, value } of batch) {
        byKind[kind]++;
        records++;
        bytes += value?.length ?? 0;
      }
    },
    report: () => ({ records, bytes, byKind: { ...byKind } }),
  };
}

/** The report as lines for people: the kinds that occurred, most frequent first. */
export function formatAudit({ records, bytes, byKind }: AuditReport): string {
  const rows = Object.entries(byKind)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => {
      const share = ((100 * count) / records).toFixed(2);
      return `  ${kind.padEnd(24)}${count.toLocaleString('en').padStart(12)}${share.padStart(9)} %`;
    });
  return [`sent ${records.toLocaleString('en')} records, ${bytes.toLocaleString('en')} bytes`, ...rows].join('\n');
}
