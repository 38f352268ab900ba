import type { AnyRow } from '@medallion/schema';
import { type Aggregate, type Aggregates, aggregates } from './aggregate.ts';
import { type AnyTable, type ComputedColumns, isTable, type MaterializedViewDeclaration } from './declaration.ts';
import { type Calculation, type Measures, measures } from './expression.ts';
import type { SnapshotSource } from './files-source.ts';
import { KeyedTableBuilder } from './keyed-table-builder.ts';
import { RelationalViewBuilder } from './relational-view-builder.ts';
import { type TableSettings, unset } from './settings.ts';
import { TableBuilder } from './table-builder.ts';
import type { Window } from './window.ts';

type Unfinished = TableSettings & Partial<MaterializedViewDeclaration> & Pick<MaterializedViewDeclaration, 'kind'>;

/** Collects the declaration of a materialized view; `MaterializedView` in materialized-view.ts gives it its types. */
export class MaterializedViewBuilder extends TableBuilder<Unfinished> {
  static undeclared(name: string): Unfinished {
    return { ...unset(name), kind: 'materialized_view', groupBy: [], computed: [] };
  }

  /** What it becomes shows in what it reads: windows are of streams, all else is of tables with keys. */
  from(source: AnyTable | SnapshotSource<unknown>): this | RelationalViewBuilder | KeyedTableBuilder {
    const { kind: _, groupBy: _g, computed: _c, ...settings } = this.declaration;
    if (!isTable(source)) return KeyedTableBuilder.ofSnapshot(settings, source);
    const { kind } = source.declaration;
    if (kind === 'keyed_table' || kind === 'relational_view') return RelationalViewBuilder.of(settings, source);
    return this.set({ source });
  }
  windowedBy(window: Window): this {
    return this.set({ window });
  }
  groupBy(...columns: readonly string[]): this {
    return this.set({ groupBy: [...(this.declaration.groupBy ?? []), ...columns] });
  }
  aggregate(build: (a: Aggregates<AnyRow>) => Readonly<Record<string, Aggregate<unknown>>>): this {
    return this.set({ aggregates: build(aggregates) });
  }
  derive(build: (v: Measures<Record<string, number>>) => Readonly<Record<string, Calculation>>): this {
    const built = Object.entries(build(measures)).map(([name, { expression }]) => [name, expression] as const);
    return this.#compute({ kind: 'expression', columns: Object.fromEntries(built) });
  }
  rank(columns: Readonly<Record<string, string>>): this {
    return this.#compute({ kind: 'rank', columns });
  }
  cumulative(columns: Readonly<Record<string, string>>): this {
    return this.#compute({ kind: 'cumulative', columns });
  }

  #compute(added: ComputedColumns): this {
    return this.set({ computed: [...(this.declaration.computed ?? []), added] });
  }
  protected set(change: Partial<MaterializedViewDeclaration>): this {
    return new MaterializedViewBuilder({ ...this.declaration, ...change }) as this;
  }
}
