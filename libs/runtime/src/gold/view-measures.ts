import type { Instant } from '@medallion/core';
import { isClosed, WindowAggregate, windowStarts } from '@medallion/operators';
import type { MaterializedViewPlan } from '@medallion/pipeline';
import type { AnyRow, Value } from '@medallion/schema';
import type { Delta, LateRow, LogRecord, TopicPartition } from '../ports/index.ts';

/** A row of a source table on its way into the views over it. */
export type MeasuredRow = {
  readonly at: TopicPartition;
  readonly record: LogRecord;
  readonly row: AnyRow;
  readonly eventTime: Instant;
  /** The greater of the partition's own watermark before the row and what is final. */
  readonly closedThrough: Instant;
};

/** The partial results of a round, by view, and the rows that were late for a window. */
export class ViewMeasures {
  readonly #aggregates = new Map<string, WindowAggregate<Value>>();
  readonly late: LateRow[] = [];

  /**
   * Adds a row to all windows of a view that it belongs to and that are open. W3 H2: late by this partition's own
   * watermark before the row, or because the window is final already; of all its windows, or it is accepted.
   */
  add(view: MaterializedViewPlan, measured: MeasuredRow): 'accepted' | 'late' {
    const { window } = view;
    let outcome: 'accepted' | 'late' = 'late';
    for (const start of windowStarts(window, measured.eventTime)) {
      const end = (start + window.sizeMs) as Instant;
      if (isClosed(end, window.graceMs, measured.closedThrough)) this.#addLate(view, measured, start, end);
      else {
        this.#aggregate(view, window.sizeMs).add(start, measured.row);
        outcome = 'accepted';
      }
    }
    return outcome;
  }

  deltas(): ReadonlyMap<string, readonly Delta[]> {
    return new Map([...this.#aggregates].map(([view, aggregate]) => [view, aggregate.deltas()]));
  }

  #addLate(view: MaterializedViewPlan, measured: MeasuredRow, windowStart: Instant, windowEnd: Instant): void {
    const { at, record, eventTime, closedThrough } = measured;
    this.late.push({
      ...{ view: view.name, topic: at.topic, partition: at.partition, offset: record.offset },
      ...{ eventTime, windowStart, windowEnd, watermark: closedThrough, latenessMs: closedThrough - eventTime },
      ...{ key: record.key, value: record.value },
    });
  }

  #aggregate(view: MaterializedViewPlan, sizeMs: WindowAggregate<Value>['spec']['sizeMs']): WindowAggregate<Value> {
    let aggregate = this.#aggregates.get(view.name);
    if (aggregate === undefined) {
      const groupBy = view.groupBy.map((field) => field.name);
      aggregate = new WindowAggregate<Value>({ sizeMs, groupBy, aggregates: view.aggregates });
      this.#aggregates.set(view.name, aggregate);
    }
    return aggregate;
  }
}
