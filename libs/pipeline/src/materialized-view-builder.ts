import type { AnyRow } from '@medallion/schema';
import { type Aggregate, type Aggregates, aggregates } from './aggregate.ts';
import { type AnyTable, type ComputedColumns, isTable, type MaterializedViewDeclaration } from './declaration.ts';
import { type Calculation, type Measures, measures } from './expression.ts';
import type { SnapshotSource } from './files-source.ts';
import { KeyedTableBuilder } from './keyed-table-builder.ts';
import { RelationalViewBuilder } from './relational-view-builder.ts';
import { unset } from './settings.ts';
import type { Window } from './window.ts';

type Unfinished = Partial<MaterializedViewDeclaration> & Pick<MaterializedViewDeclaration, 'kind' | 'name'>;

/** Collects the declaration of a materialized view; `MaterializedView` in materialized-view.ts gives it its types. */
export class MaterializedViewBuilder {
  readonly name: string;
  readonly declaration: Unfinished;

  constructor(declaration: Unfinished) {
    this.name = declaration.name;
    this.declaration = Object.freeze({ comment: null, version: 1, groupBy: [], computed: [], ...declaration });
    Object.freeze(this);
  }

  comment(comment: string): MaterializedViewBuilder {
    return this.#with({ comment });
  }
  version(version: number): MaterializedViewBuilder {
    return this.#with({ version });
  }
  /** What it becomes shows in what it reads: windows are of streams, all else is of tables with keys. */
  from(
    source: AnyTable | SnapshotSource<unknown>,
  ): MaterializedViewBuilder | RelationalViewBuilder | KeyedTableBuilder {
    const { name, comment } = this.declaration;
    const settings = { ...unset(name), comment: comment ?? null };
    if (!isTable(source)) return KeyedTableBuilder.ofSnapshot(settings, source);
    const { kind } = source.declaration;
    if (kind === 'keyed_table' || kind === 'relational_view') return RelationalViewBuilder.of(settings, source);
    return this.#with({ source });
  }
  windowedBy(window: Window): MaterializedViewBuilder {
    return this.#with({ window });
  }
  groupBy(...columns: readonly string[]): MaterializedViewBuilder {
    return this.#with({ groupBy: [...(this.declaration.groupBy ?? []), ...columns] });
  }
  aggregate(build: (a: Aggregates<AnyRow>) => Readonly<Record<string, Aggregate<unknown>>>): MaterializedViewBuilder {
    return this.#with({ aggregates: build(aggregates) });
  }
  derive(
    build: (v: Measures<Record<string, number>>) => Readonly<Record<string, Calculation>>,
  ): MaterializedViewBuilder {
    const built = Object.entries(build(measures)).map(([name, { expression }]) => [name, expression] as const);
    return this.#compute({ kind: 'expression', columns: Object.fromEntries(built) });
  }
  rank(columns: Readonly<Record<string, string>>): MaterializedViewBuilder {
    return this.#compute({ kind: 'rank', columns });
  }
  cumulative(columns: Readonly<Record<string, string>>): MaterializedViewBuilder {
    return this.#compute({ kind: 'cumulative', columns });
  }

  #compute(added: ComputedColumns): MaterializedViewBuilder {
    return this.#with({ computed: [...(this.declaration.computed ?? []), added] });
  }
  #with(change: Partial<MaterializedViewDeclaration>): MaterializedViewBuilder {
    return new MaterializedViewBuilder({ ...this.declaration, ...change });
  }
}
