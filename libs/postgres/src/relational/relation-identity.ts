import type { PipelinePlan } from '@medallion/pipeline';
import { type Field, postgresType } from '@medallion/schema';
import type { Relation } from './relation.ts';
import { createTable, describeTable } from './relation-ddl.ts';
import { relationsOf } from './relations-of.ts';
import { batchQuery } from './row-sql.ts';

/** What tells one declaration of a relation's table from another. */
export type RelationIdentity = {
  /** Of what is stored: rows under another one cannot be kept. */
  readonly state: unknown;
  /** Of what the rows are and how they are shown. */
  readonly definition: unknown;
};

const columns = (fields: readonly Field[]): readonly unknown[] =>
  fields.map(({ name, type, nullable }) => [name, postgresType(type), nullable]);

/** The identity of each keyed table and relational view, by name. */
export function relationIdentities(plan: PipelinePlan): ReadonlyMap<string, RelationIdentity> {
  const identities = new Map<string, RelationIdentity>();
  const parts = Map.groupBy(relationsOf(plan), (relation) => relation.plan.name);
  for (const [name, relations] of parts)
    identities.set(name, {
      state: relations.map(stateOf),
      definition: relations.map((relation) => [
        relation.kind === 'keyed' ? relation.plan.schema : batchQuery(plan.schemaName, relation),
        createTable(plan.schemaName, relation),
        describeTable(plan.schemaName, relation),
      ]),
    });
  return identities;
}

function stateOf(relation: Relation): unknown {
  if (relation.kind === 'keyed')
    return [relation.plan.version, relation.plan.storedAs, columns(relation.key), relation.plan.changelogTopic];
  return [relation.name, columns(relation.fields), columns(relation.key), relation.surrogate?.column.name ?? null];
}
