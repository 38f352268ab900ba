import type { AnyRow } from '@medallion/schema';
import { addJudged, type JudgedAgain, type JudgedFlow, type JudgeParts, judgeAgain } from './judge-again.ts';
import { look, type Redriven } from './redrive.ts';
import type { QuarantinePlace, RedriveStore } from './redrive-store.ts';

/** A row of the quarantine as it is, and as it would be. */
export type RehearsedRow = {
  readonly place: QuarantinePlace;
  readonly before: string;
  readonly after: string;
  /** What it would become; the first row where a record becomes several. */
  readonly row: AnyRow | null;
};

/** What a redrive would do, and what the flows would make of the records. */
export type Rehearsed = Redriven & {
  readonly judged: readonly JudgedFlow[];
  readonly rows: readonly RehearsedRow[];
};

/** How much of a rehearsal is told, and what is told of reasons. */
export type RehearsalOptions = {
  /** Rows that are told one by one, at most. */
  readonly rows: number;
  /** Of those, rows of each kind of change at most. */
  readonly ofAKind: number;
  /** Whether reasons of a table, which may quote what is in the record, are told; they are when absent. */
  readonly quotes?: (table: string) => boolean;
  /** Ends judging early: then there is more. */
  readonly signal?: AbortSignal;
};

/**
 * Judges what a redrive would send by the plan as it is now, and writes nothing (SPEC R7).
 *
 * @throws MED_REGISTRY_UNAVAILABLE, MED_LOG_UNAVAILABLE
 */
export async function rehearseRedrive(
  parts: JudgeParts,
  store: RedriveStore,
  { rows: most, ofAKind, quotes = () => true, signal }: RehearsalOptions,
): Promise<Rehearsed> {
  const { report, chosen, claims } = await look(parts.plan, store);
  const flows = new Map<string, JudgedFlow>();
  const rows: RehearsedRow[] = [];
  const shown = new Map<string, number>();
  let early = false;
  for await (const judged of judgeAgain(parts, store, chosen, claims)) {
    if (signal?.aborted) {
      early = true;
      break;
    }
    addJudged(flows, judged);
    if (rows.length >= most) continue;
    const row = difference(judged, quotes(judged.place.table));
    const same = `${row.before} ${row.after}`;
    const n = (shown.get(same) ?? 0) + 1;
    shown.set(same, n);
    if (n <= ofAKind) rows.push(row);
  }
  return { ...report, more: report.more || early, dryRun: true, sent: 0, judged: [...flows.values()], rows };
}

function difference({ place, before, after }: JudgedAgain, quotes: boolean): RehearsedRow {
  const refused = after.refused.map(({ outcome, violations, reason }) =>
    violations.length > 0
      ? `${outcome}: ${violations.map(({ expectation }) => expectation).join(', ')}`
      : `${outcome}${quotes ? ` (${reason})` : ''}`,
  );
  const kept = after.rows.length === 0 ? [] : [after.rows.length === 1 ? 'kept' : `${after.rows.length} rows kept`];
  return {
    place,
    before: before.rules.length === 0 ? before.outcome : `${before.outcome}: ${before.rules.join(', ')}`,
    after:
      after.stopped !== null
        ? `stops the flow: ${after.stopped}`
        : [...kept, ...refused].join('; ') || 'left out (where)',
    row: after.rows[0] ?? null,
  };
}
