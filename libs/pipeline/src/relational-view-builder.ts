import type { Value } from '@medallion/schema';
import type { AnyTable, Clause, RelationalViewDeclaration } from './declaration.ts';
import { pairsOf } from './joined.ts';
import { type RelationAggregate, type RelationAggregates, relationAggregates } from './relation-aggregate.ts';
import { type RelationColumn, type RelationColumns, relationColumns } from './relation-column.ts';
import type { TableSettings } from './settings.ts';
import { TableBuilder } from './table-builder.ts';

type Names = readonly string[] | Readonly<Record<string, string | undefined>>;
type Join = {
  readonly on: string | Names;
  readonly columns: Names;
  readonly otherwise?: Readonly<Record<string, Value>>;
};

/** Collects the declaration of a relational view; relational-view.ts gives it its types. */
export class RelationalViewBuilder extends TableBuilder<RelationalViewDeclaration> {
  static of(settings: TableSettings, source: AnyTable): RelationalViewBuilder {
    return new RelationalViewBuilder({ ...settings, kind: 'relational_view', source, clauses: [], surrogateKey: null });
  }

  leftJoin(table: AnyTable, options: Join): this {
    return this.#join('left', table, options);
  }
  innerJoin(table: AnyTable, options: Join): this {
    return this.#join('inner', table, options);
  }
  where(text: string): this {
    return this.#then({ kind: 'where', text });
  }
  derive(build: (c: RelationColumns) => Readonly<Record<string, RelationColumn<unknown>>>): this {
    return this.#then({ kind: 'derive', columns: build(relationColumns) });
  }
  select(...columns: readonly string[]): this {
    return this.#then({ kind: 'select', columns });
  }
  omit(...columns: readonly string[]): this {
    return this.#then({ kind: 'omit', columns });
  }
  groupBy(...columns: readonly string[]): this {
    return this.#then({ kind: 'group_by', columns });
  }
  aggregate(
    build: (a: RelationAggregates<Record<string, number>>) => Readonly<Record<string, RelationAggregate<unknown>>>,
  ): this {
    return this.#then({ kind: 'aggregate', measures: build(relationAggregates) });
  }
  distinct(): this {
    return this.#then({ kind: 'aggregate', measures: {} });
  }
  surrogateKey(surrogateKey: string): this {
    return this.set({ surrogateKey });
  }

  #join(type: 'left' | 'inner', table: AnyTable, { on, columns, otherwise }: Join): this {
    const pairs = { on: pairsOf(on), columns: pairsOf(columns) };
    return this.#then({ kind: 'join', type, table, ...pairs, otherwise: otherwise ?? {} });
  }
  #then(clause: Clause): this {
    return this.set({ clauses: Object.freeze([...this.declaration.clauses, clause]) });
  }
  protected set(change: Partial<RelationalViewDeclaration>): this {
    return new RelationalViewBuilder({ ...this.declaration, ...change }) as this;
  }
}
