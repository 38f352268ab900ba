import type { Instant } from '@medallion/core';
import {
  type GridWindow,
  groupKey,
  isClosed,
  SessionAggregate,
  SessionSpans,
  type SessionWindow,
  spanOf,
  WindowAggregate,
  windowStart,
  windowStarts,
} from '@medallion/operators';
import type { MaterializedViewPlan } from '@medallion/pipeline';
import type { AnyRow, Value } from '@medallion/schema';
import type { Delta, LateRow, LogRecord, StoredSession, TopicPartition } from '../ports/index.ts';

/** A row of a source table on its way into the views over it. */
export type MeasuredRow = {
  readonly at: TopicPartition;
  readonly record: LogRecord;
  readonly row: AnyRow;
  readonly eventTime: Instant;
  /** The greater of the partition's own watermark before the row and what is final. */
  readonly closedThrough: Instant;
  /** Where it was decided before: the starts of the windows that it was late for, with what their ends were compared with. */
  readonly lateFor?: ReadonlyMap<Instant, Instant> | undefined;
};

type Late = (measured: MeasuredRow, start: Instant, end: Instant) => void;

/** What a round adds to one view; of grids and sessions alike, and made once a round, as rows are many. */
type Measure = {
  readonly add: (measured: MeasuredRow) => 'accepted' | 'late';
  readonly deltas: () => readonly Delta[];
};

/** The partial results of a round, by view, and the rows that were late for a window. */
export class ViewMeasures {
  readonly #sessions: ReadonlyMap<string, readonly StoredSession[]>;
  readonly #measures = new Map<string, Measure>();
  readonly late: LateRow[] = [];

  /** `sessions`: by view, those that are stored and that the rows could touch. */
  constructor(sessions: ReadonlyMap<string, readonly StoredSession[]> = new Map()) {
    this.#sessions = sessions;
  }

  /** Adds a row to all windows of a view that it belongs to and that are open. It is late when it belongs to none of these. */
  add(view: MaterializedViewPlan, measured: MeasuredRow): 'accepted' | 'late' {
    return this.#measure(view).add(measured);
  }

  #late(view: string, { at, record, eventTime, ...row }: MeasuredRow, windowStart: Instant, windowEnd: Instant): void {
    const closedThrough = row.lateFor?.get(windowStart) ?? row.closedThrough;
    this.late.push({
      ...{ view, topic: at.topic, partition: at.partition, offset: record.offset },
      ...{ eventTime, windowStart, windowEnd, watermark: closedThrough, latenessMs: closedThrough - eventTime },
      ...{ key: record.key, value: record.value },
    });
  }

  deltas(): ReadonlyMap<string, readonly Delta[]> {
    const all = [...this.#measures].map(([view, measure]) => [view, measure.deltas()] as const);
    return new Map(all.filter(([, deltas]) => deltas.length > 0));
  }

  #measure(view: MaterializedViewPlan): Measure {
    let measure = this.#measures.get(view.name);
    if (measure === undefined) {
      const { name, window } = view;
      const late: Late = (measured, start, end) => this.#late(name, measured, start, end);
      measure =
        window.kind === 'session'
          ? sessionMeasure(view, window, this.#sessions.get(name) ?? [], late)
          : gridMeasure(view, window, late);
      this.#measures.set(view.name, measure);
    }
    return measure;
  }
}

const columnsOf = (view: MaterializedViewPlan): readonly string[] => view.groupBy.map((field) => field.name);

/** W3 H2: late by the partition's own watermark before the row, or because the window is final already, for each window. */
function gridMeasure(view: MaterializedViewPlan, window: GridWindow, late: Late): Measure {
  const { sizeMs, graceMs } = window;
  const aggregate = new WindowAggregate<Value>({ sizeMs, groupBy: columnsOf(view), aggregates: view.aggregates });
  const addTo = (start: Instant, measured: MeasuredRow): 'accepted' | 'late' => {
    const end = (start + sizeMs) as Instant;
    if (measured.lateFor?.has(start) ?? isClosed(end, graceMs, measured.closedThrough)) {
      late(measured, start, end);
      return 'late';
    }
    aggregate.add(start, measured.row);
    return 'accepted';
  };
  return {
    add(measured) {
      if (window.kind === 'tumbling') return addTo(windowStart(measured.eventTime, sizeMs), measured);
      let outcome: 'accepted' | 'late' = 'late';
      for (const start of windowStarts(window, measured.eventTime))
        if (addTo(start, measured) === 'accepted') outcome = 'accepted';
      return outcome;
    },
    deltas: () => aggregate.deltas(),
  };
}

/**
 * S3 S4. The stored sessions were read before the commit. One that grew meanwhile is open, as it was, so every row that
 * is accepted here may be; and none becomes final, or the commit is refused and judged again.
 */
function sessionMeasure(
  view: MaterializedViewPlan,
  window: SessionWindow,
  stored: readonly StoredSession[],
  late: Late,
): Measure {
  const groupBy = columnsOf(view);
  const spans = new SessionSpans(window);
  for (const { group, start, end } of stored)
    spans.know(groupKey(groupBy, Object.fromEntries(groupBy.map((column, i) => [column, group[i]!]))), { start, end });
  const aggregate = new SessionAggregate<Value>({ gapMs: window.gapMs, groupBy, aggregates: view.aggregates });
  return {
    add(measured) {
      const { row, eventTime, closedThrough, lateFor } = measured;
      const isLate =
        lateFor === undefined ? spans.isLate(groupKey(groupBy, row), eventTime, closedThrough) : lateFor.size > 0;
      if (isLate) {
        const { start, end } = spanOf(eventTime, window.gapMs);
        late(measured, start, end);
        return 'late';
      }
      aggregate.add(eventTime, row);
      return 'accepted';
    },
    deltas: () => aggregate.deltas(),
  };
}
