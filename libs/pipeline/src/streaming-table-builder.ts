import { type DurationMs, hours } from '@medallion/core';
import {
  type AnyCheck,
  type AnyTable,
  isTable,
  type Operation,
  type StreamingTableDeclaration,
  type StreamSource,
} from './declaration.ts';
import type { EventTimeOptions } from './event-time-options.ts';
import { expectation, type RuleArguments } from './expectation.ts';
import type { SnapshotSource } from './files-source.ts';
import { pairsOf } from './joined.ts';
import { type AnyChangeOptions, KeyedTableBuilder } from './keyed-table-builder.ts';
import type { Action } from './plan.ts';
import { type ConditionArguments, condition, derivation, explosion } from './row-operations.ts';
import { unset } from './settings.ts';
import { TableBuilder } from './table-builder.ts';

type Groups = Readonly<Record<string, Readonly<Record<string, AnyCheck>>>>;

type Names = readonly string[] | Readonly<Record<string, string | undefined>>;
type AnyJoinOptions = {
  readonly type: 'left' | 'inner';
  readonly mode?: 'latest' | 'as of event time';
  readonly on: string | Names;
  readonly columns: Names;
};

/** Collects the declaration of a streaming table; `StreamingTable` in streaming-table.ts gives it its types. */
export class StreamingTableBuilder extends TableBuilder<StreamingTableDeclaration> {
  static undeclared(name: string): StreamingTableDeclaration {
    return {
      ...unset(name),
      kind: 'streaming_table',
      retentionMs: null,
      queryable: null,
      flows: [],
      operations: [],
    };
  }

  retention(retentionMs: DurationMs): this {
    return this.set({ retentionMs });
  }
  queryable(o?: { readonly partitionBy: string; readonly retention: DurationMs }): this {
    if (o === undefined) return this.set({ queryable: { partitionBy: null, retentionMs: null } });
    return this.set({ queryable: { partitionBy: o.partitionBy, retentionMs: o.retention } });
  }
  from(source: StreamSource | SnapshotSource<unknown>): StreamingTableBuilder | KeyedTableBuilder {
    if (!isTable(source) && source.kind === 'snapshot') return KeyedTableBuilder.ofSnapshot(this.declaration, source);
    return this.set({ flows: [{ name: null, source, once: false }] });
  }
  appendFlow(name: string, source: StreamSource, options: { readonly once?: boolean } = {}): this {
    return this.set({ flows: [...this.declaration.flows, { name, source, once: options.once ?? false }] });
  }
  join(table: AnyTable, options: AnyJoinOptions): this {
    const { type, on, columns } = options;
    const mode = options.mode === 'as of event time' ? 'as_of' : 'latest';
    return this.#then({ kind: 'join', table, mode, type, on: pairsOf(on), columns: pairsOf(columns) });
  }
  applyChanges(options: AnyChangeOptions): KeyedTableBuilder {
    return KeyedTableBuilder.ofChanges(this.declaration, options);
  }

  expect(name: string, ...rule: RuleArguments): this {
    return this.#expect('warn', name, rule);
  }
  expectOrDrop(name: string, ...rule: RuleArguments): this {
    return this.#expect('drop', name, rule);
  }
  expectOrQuarantine(name: string, ...rule: RuleArguments): this {
    return this.#expect('quarantine', name, rule);
  }
  expectOrFail(name: string, ...rule: RuleArguments): this {
    return this.#expect('fail', name, rule);
  }
  constraint(text: string): this {
    return this.#then({ kind: 'constraint', text });
  }
  expectAll(groups: Groups): this {
    return this.#expectAll('warn', groups);
  }
  expectAllOrDrop(groups: Groups): this {
    return this.#expectAll('drop', groups);
  }
  expectAllOrQuarantine(groups: Groups): this {
    return this.#expectAll('quarantine', groups);
  }
  expectAllOrFail(groups: Groups): this {
    return this.#expectAll('fail', groups);
  }

  derive(build: Parameters<typeof derivation>[0]): this {
    return this.#then(derivation(build));
  }
  eventTime(column: string, o: EventTimeOptions): this {
    const maxFutureSkewMs = o.maxFutureSkew ?? hours(1);
    const silent = o.closeWhenSilentFor === undefined ? {} : { closeWhenSilentMs: o.closeWhenSilentFor };
    return this.#then({ kind: 'event_time', column, watermarkDelayMs: o.watermarkDelay, maxFutureSkewMs, ...silent });
  }
  dedupe(o: { readonly by: string; readonly within: DurationMs }): this {
    return this.#then({ kind: 'dedupe', by: o.by, withinMs: o.within, rule: null });
  }
  expectUnique(name: string, o: { readonly by: string; readonly within: DurationMs; readonly action?: Action }): this {
    const rule = { name, action: o.action ?? 'warn' };
    return this.#then({ kind: 'dedupe', by: o.by, withinMs: o.within, rule });
  }
  failWhen(rule: string, o: { readonly moreThan: number; readonly of: DurationMs; readonly atLeast?: number }): this {
    const threshold = { moreThan: o.moreThan, ofMs: o.of, atLeast: o.atLeast ?? 100 };
    return this.#then({ kind: 'fail_when', rule, threshold });
  }
  where(...arguments_: ConditionArguments): this {
    return this.#then({ kind: 'where', condition: condition(arguments_) });
  }
  select(...columns: readonly string[]): this {
    return this.#then({ kind: 'select', columns });
  }
  explode(...arguments_: Parameters<typeof explosion>): this {
    return this.#then(explosion(...arguments_));
  }
  omit(...columns: readonly string[]): this {
    return this.#then({ kind: 'omit', columns });
  }

  #expect(action: Action, name: string, rule: RuleArguments): this {
    return this.#then({ kind: 'expect', expectation: expectation(name, action, rule) });
  }
  #expectAll(action: Action, groups: Groups): this {
    const added = Object.entries(groups).map(
      ([name, checks]): Operation => ({ kind: 'expect', expectation: expectation(name, action, [checks]) }),
    );
    return this.#then(...added);
  }
  #then(...added: readonly Operation[]): this {
    return this.set({ operations: Object.freeze([...this.declaration.operations, ...added]) });
  }
  protected set(change: Partial<StreamingTableDeclaration>): this {
    return new StreamingTableBuilder({ ...this.declaration, ...change }) as this;
  }
}
