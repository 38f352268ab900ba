import type { Span, Tracer } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { DrainingHandler } from '../flows/running.ts';
import type { GoldInput } from '../gold/gold-input.ts';
import { keyOf } from '../gold/partition.ts';
import type {
  CommitOutcome,
  GoldCommit,
  LeaseStep,
  Offset,
  Round,
  TableStore,
  TopicPartition,
} from '../ports/index.ts';
import { beginHops, codeOf, endHop, NO_HOPS } from './hops.ts';

/** More of them are not in the span of a commit; each record's own span names its commit in any case. */
const MAX_LINKS = 128;

export type TracedGoldParts = {
  readonly tracer: Tracer;
  readonly plan: PipelinePlan;
  readonly group: string;
  readonly inputs: ReadonlyMap<string, GoldInput>;
};

/**
 * Reports the way of followed records through the gold layer: a span for each, from when its round is processed until it is
 * committed, and one for each commit that has any of them. They name each other.
 */
export class TracedGold {
  readonly #parts: TracedGoldParts;
  /** Those of the round in hand that are not committed yet, by partition. */
  readonly #hops = new Map<string, Map<Offset, Span>>();

  constructor(parts: TracedGoldParts) {
    this.#parts = parts;
  }

  /** The handler, with spans that begin with its rounds. */
  handler(inner: DrainingHandler): DrainingHandler {
    return {
      attach: (subscription) => inner.attach(subscription),
      open: (at, committed) => inner.open(at, committed),
      process: async (round) => {
        this.#begin(round);
        try {
          await inner.process(round);
          this.#endLeft((span) => endHop(span, 'fenced'));
        } catch (error) {
          this.#endLeft((span) => span.end(codeOf(error)));
          throw error;
        }
      },
      tick: () => inner.tick(),
      closed: (partitions) => inner.closed(partitions),
      drain: () => inner.drain(),
    };
  }

  /** The store that the handler commits to. */
  store(inner: TableStore): TableStore {
    return {
      migrate: (plan) => inner.migrate(plan),
      addColumns: (table, columns) => inner.addColumns(table, columns),
      acquire: (partitions, owner) => inner.acquire(partitions, owner),
      commit: (commit) => this.#commit(commit, inner),
      sessions: (ranges) => inner.sessions(ranges),
      advanceFinal: (source, topic, partitions) => inner.advanceFinal(source, topic, partitions),
      closeByClock: (source, topic, partitions, through) => inner.closeByClock(source, topic, partitions, through),
      positions: (topic) => inner.positions(topic),
      finalThrough: () => inner.finalThrough(),
      refresh: (view) => inner.refresh(view),
      maintain: (now) => inner.maintain(now),
      close: () => inner.close(),
    };
  }

  #begin(round: Round): void {
    const { tracer, plan, group, inputs } = this.#parts;
    for (const batch of round) {
      const table = inputs.get(batch.topic)!.table.name;
      const of = {
        tracer,
        pipeline: plan.name,
        table,
        flow: 'gold',
        group,
        context: 'goes on',
        begins: false,
      } as const;
      const hops = beginHops(batch, of);
      if (hops !== NO_HOPS) this.#hops.set(keyOf(batch), new Map(hops));
    }
  }

  async #commit(commit: GoldCommit, inner: TableStore): Promise<CommitOutcome> {
    const steps = commit.leases.flatMap((step) => this.#within(step));
    if (steps.length === 0) return inner.commit(commit);
    const span = this.#parts.tracer.start({
      name: `commit ${this.#parts.plan.name}`,
      kind: 'client',
      parent: null,
      links: steps.slice(0, MAX_LINKS).map(({ span: { context } }) => context),
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'COMMIT',
        'medallion.pipeline': this.#parts.plan.name,
        'medallion.records.followed': steps.length,
      },
    });
    try {
      const outcome = await inner.commit(commit);
      if (outcome.kind === 'committed') this.#committed(steps, commit, span);
      endHop(span, outcome.kind);
      return outcome;
    } catch (error) {
      span.end(codeOf(error));
      throw error;
    }
  }

  /** The followed records of a partition that a step of its lease is about. */
  #within(step: LeaseStep): readonly Followed[] {
    const hops = this.#hops.get(keyOf(step));
    if (hops === undefined) return [];
    const { topic, partition } = step;
    return [...hops]
      .filter(([offset]) => offset >= step.from && offset < step.next)
      .map(([offset, span]) => ({ topic, partition, offset, span }));
  }

  #committed(followed: readonly Followed[], { late, quarantined }: GoldCommit, commit: Span): void {
    const outcomes = new Map<Span, string>();
    for (const row of late) {
      const span = this.#hops.get(keyOf(row))?.get(row.offset);
      if (span === undefined) continue;
      outcomes.set(span, 'late');
      span.event('medallion.late', { 'medallion.view': row.view, 'medallion.lateness_ms': row.latenessMs });
    }
    for (const row of quarantined) {
      // What a flow refused names the record that it refused, which may be one of this round too.
      if (row.flow !== undefined) continue;
      const span = this.#hops.get(keyOf(row))?.get(row.offset);
      if (span === undefined) continue;
      outcomes.set(span, row.outcome);
      span.event('medallion.refused', { 'medallion.outcome': row.outcome, 'medallion.rules': [] });
    }
    for (const at of followed) {
      at.span.link(commit.context);
      endHop(at.span, outcomes.get(at.span) ?? 'committed');
      this.#hops.get(keyOf(at))?.delete(at.offset);
    }
  }

  #endLeft(end: (span: Span) => void): void {
    for (const hops of this.#hops.values()) for (const span of hops.values()) end(span);
    this.#hops.clear();
  }
}

type Followed = TopicPartition & { readonly offset: Offset; readonly span: Span };
