import { MedallionError } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type { Layer } from '../contract/index.ts';

/** A table as the catalogue has it. */
export type KnownTable = {
  readonly name: string;
  readonly layer: Layer;
  readonly kind: string;
  readonly comment: string | null;
  readonly columns: number;
  readonly rules: number;
};

/** What a table reads directly: another one, or a source outside. */
export type KnownEdge = { readonly source: string; readonly target: string; readonly kind: string };

/** A way of rows into a table; `input` is its source behind all views. */
export type KnownFlow = { readonly flow: string; readonly table: string; readonly input: string };

/** The pipeline as Postgres knows it. */
export type CatalogueFacts = {
  readonly tables: readonly KnownTable[];
  readonly edges: readonly KnownEdge[];
  readonly flows: readonly KnownFlow[];
};

const TABLES = `SELECT c.table_name AS name, c.layer, c.kind, c.comment,
  (SELECT count(*)::int FROM medallion.columns k WHERE k.pipeline = $1 AND k.table_name = c.table_name) AS columns,
  (SELECT count(*)::int FROM medallion.rules r WHERE r.pipeline = $1 AND r.table_name = c.table_name) AS rules
FROM medallion.catalog c WHERE c.pipeline = $1 ORDER BY c.table_name`;

/**
 * Reads what is declared of a pipeline.
 *
 * @throws MED_NOT_FOUND when the database has no tables of it, MED_STORE_UNAVAILABLE
 */
export async function catalogueFacts(query: Query, pipeline: string): Promise<CatalogueFacts> {
  const [tables, edges, flows] = await Promise.all([
    query<KnownTable>(TABLES, [pipeline]),
    query<KnownEdge>('SELECT source, target, kind FROM medallion.lineage WHERE pipeline = $1 ORDER BY target, source', [
      pipeline,
    ]),
    query<KnownFlow>(
      'SELECT flow, table_name AS "table", input FROM medallion.flows WHERE pipeline = $1 ORDER BY flow',
      [pipeline],
    ),
  ]);
  if (tables.length === 0)
    throw new MedallionError('MED_NOT_FOUND', {
      kind: 'pipeline',
      name: pipeline.slice(0, 100),
      list: 'GET /api/pipelines',
    });
  return { tables, edges, flows };
}
