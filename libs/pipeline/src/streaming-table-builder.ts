import { type DurationMs, days, hours } from '@medallion/core';
import type { AnyRow } from '@medallion/schema';
import type { AnyCheck, AnyTable, Operation, StreamingTableDeclaration } from './declaration.ts';
import { type Columns, type DerivedColumn, derivedColumns } from './derived-column.ts';
import { expectation, type RuleArguments } from './expectation.ts';
import type { Action } from './plan.ts';
import type { TopicSource } from './source.ts';

type Groups = Readonly<Record<string, Readonly<Record<string, AnyCheck>>>>;
type Unsourced = Omit<StreamingTableDeclaration, 'source'> & {
  readonly source: StreamingTableDeclaration['source'] | null;
};

const undeclared = (name: string): Unsourced => ({
  kind: 'streaming_table',
  name,
  comment: null,
  version: 1,
  retentionMs: days(7),
  queryable: null,
  source: null,
  operations: [],
});

/** Collects the declaration of a streaming table; `StreamingTable` in streaming-table.ts gives it its types. */
export class StreamingTableBuilder {
  readonly name: string;
  readonly declaration: Unsourced;

  constructor(name: string, declaration: Unsourced = undeclared(name)) {
    this.name = name;
    this.declaration = Object.freeze(declaration);
    Object.freeze(this);
  }

  comment(comment: string): StreamingTableBuilder {
    return this.#with({ comment });
  }
  version(version: number): StreamingTableBuilder {
    return this.#with({ version });
  }
  retention(retentionMs: DurationMs): StreamingTableBuilder {
    return this.#with({ retentionMs });
  }
  queryable(o: { readonly partitionBy: string; readonly retention: DurationMs }): StreamingTableBuilder {
    return this.#with({ queryable: { partitionBy: o.partitionBy, retentionMs: o.retention } });
  }
  from(source: TopicSource<unknown> | AnyTable): StreamingTableBuilder {
    return this.#with({ source });
  }

  expect(name: string, ...rule: RuleArguments): StreamingTableBuilder {
    return this.#expect('warn', name, rule);
  }
  expectOrDrop(name: string, ...rule: RuleArguments): StreamingTableBuilder {
    return this.#expect('drop', name, rule);
  }
  expectOrQuarantine(name: string, ...rule: RuleArguments): StreamingTableBuilder {
    return this.#expect('quarantine', name, rule);
  }
  expectOrFail(name: string, ...rule: RuleArguments): StreamingTableBuilder {
    return this.#expect('fail', name, rule);
  }
  expectAll(groups: Groups): StreamingTableBuilder {
    return this.#expectAll('warn', groups);
  }
  expectAllOrDrop(groups: Groups): StreamingTableBuilder {
    return this.#expectAll('drop', groups);
  }
  expectAllOrQuarantine(groups: Groups): StreamingTableBuilder {
    return this.#expectAll('quarantine', groups);
  }
  expectAllOrFail(groups: Groups): StreamingTableBuilder {
    return this.#expectAll('fail', groups);
  }

  derive(build: (c: Columns<AnyRow>) => Readonly<Record<string, DerivedColumn<unknown>>>): StreamingTableBuilder {
    return this.#then({ kind: 'derive', columns: build(derivedColumns) });
  }
  eventTime(
    column: string,
    o: { readonly watermarkDelay: DurationMs; readonly maxFutureSkew?: DurationMs },
  ): StreamingTableBuilder {
    const maxFutureSkewMs = o.maxFutureSkew ?? hours(1);
    return this.#then({ kind: 'event_time', column, watermarkDelayMs: o.watermarkDelay, maxFutureSkewMs });
  }
  dedupe(o: { readonly by: string; readonly within: DurationMs }): StreamingTableBuilder {
    return this.#then({ kind: 'dedupe', by: o.by, withinMs: o.within });
  }
  where(text: string, test: (row: AnyRow) => boolean): StreamingTableBuilder {
    return this.#then({ kind: 'where', text, test });
  }
  omit(...columns: readonly string[]): StreamingTableBuilder {
    return this.#then({ kind: 'omit', columns });
  }

  #expect(action: Action, name: string, rule: RuleArguments): StreamingTableBuilder {
    return this.#then({ kind: 'expect', expectation: expectation(name, action, rule) });
  }
  #expectAll(action: Action, groups: Groups): StreamingTableBuilder {
    const added = Object.entries(groups).map(
      ([name, checks]): Operation => ({ kind: 'expect', expectation: expectation(name, action, [checks]) }),
    );
    return this.#then(...added);
  }
  #then(...added: readonly Operation[]): StreamingTableBuilder {
    return this.#with({ operations: Object.freeze([...this.declaration.operations, ...added]) });
  }
  #with(change: Partial<Unsourced>): StreamingTableBuilder {
    return new StreamingTableBuilder(this.name, { ...this.declaration, ...change });
  }
}
