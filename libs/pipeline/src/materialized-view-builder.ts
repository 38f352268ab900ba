import type { AnyRow } from '@medallion/schema';
import { type Aggregate, type Aggregates, aggregates } from './aggregate.ts';
import type { AnyTable, ComputedColumns, MaterializedViewDeclaration } from './declaration.ts';
import { type Calculation, type Measures, measures } from './expression.ts';
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
  from(source: AnyTable): MaterializedViewBuilder {
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
