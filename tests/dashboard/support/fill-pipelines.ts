import { silentLog } from '@medallion/core';
import { type KeyedTablePlan, type PipelinePlan, VALIDITY } from '@medallion/pipeline';
import { createTableStore } from '@medallion/postgres';
import { emptyCommit, type KeyedChange } from '@medallion/runtime';
import type { AnyRow, Field, Value } from '@medallion/schema';
import { createRandom } from '../../support/random.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

/** Rows for the keyed tables of a pipeline, and all that follows from them; some rows for its queryable copies. */
export async function fillPipeline(
  databaseUrl: string,
  name: string,
  rows: number,
  seed: number,
): Promise<PipelinePlan> {
  const { default: plan } = (await import(`../../../pipelines/${name}/pipeline.ts`)) as { default: PipelinePlan };
  const store = createTableStore({ databaseUrl, log: silentLog });
  const random = createRandom(seed);
  const below = (n: number): number => Math.floor(random.between(0, n));
  try {
    await store.migrate(plan);
    for (let commits = 0; commits < 4; commits++) {
      const changes = new Map<string, KeyedChange[]>();
      for (const table of plan.tables)
        if (table.kind === 'keyed_table')
          changes.set(
            table.name,
            Array.from({ length: rows / 4 }, () => changeOf(table, rows, below)),
          );
      await store.commit({ ...emptyCommit, changes });
    }
    for (const table of plan.tables)
      if (table.kind === 'streaming_table' && table.queryable !== null)
        await store.commit({
          ...emptyCommit,
          copies: [
            {
              table: table.name,
              rows: Array.from({ length: rows }, (_, i) => ({
                ...rowOf(table.schema.fields, rows, below),
                ingestion_timestamp: Date.now() - Math.floor(i / 5) * 60_000,
                ingestion_date: Math.floor(Date.now() / DAY_MS),
              })),
            },
          ],
        });
  } finally {
    await store.close();
  }
  return plan;
}

/** Few keys, so that rows change, and references find something. */
function changeOf(table: KeyedTablePlan, rows: number, below: (n: number) => number): KeyedChange {
  const keys = table.storedAs === 2 ? [...table.keys, VALIDITY.from] : table.keys;
  const row = rowOf(table.schema.fields, rows, below, keys);
  return { key: keys.map((key) => row[key]!), row: below(8) === 0 ? null : row };
}

function rowOf(
  fields: readonly Field[],
  rows: number,
  below: (n: number) => number,
  known: readonly string[] = [],
): AnyRow {
  const valueFor = (field: Field): Value => {
    if (field.nullable && !known.includes(field.name) && below(6) === 0) return null;
    switch (field.type.kind) {
      case 'boolean':
        return below(2) === 0;
      case 'int':
        return below(10);
      case 'long':
        return below(rows / 2);
      case 'double':
        return below(1_000) / 8;
      case 'decimal':
        return below(100_000) / 10 ** Math.min(2, field.type.scale);
      case 'enum':
        return field.type.symbols[below(field.type.symbols.length)]!;
      case 'string':
        return TEXTS[below(TEXTS.length)] ?? String(below(rows / 2));
      case 'timestamp':
        return START + below(2 * rows) * 3_600_000;
      case 'date':
        return Math.floor(START / DAY_MS) + below(90);
      case 'list':
        return [];
    }
  };
  return Object.fromEntries(fields.map((field) => [field.name, valueFor(field)])) as AnyRow;
}

/** Numbers as text otherwise, so that keys meet. */
const TEXTS: readonly (string | undefined)[] = [
  ...['completed', 'pending', '', 'a"b', "it's", '=1+1', 'Zoë', 'ünïcödé'],
  ...Array.from({ length: 24 }, () => undefined),
];
