import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { type KeyedTablePlan, type PipelinePlan, VALIDITY } from '@medallion/pipeline';
import { createGoldReader, createTableStore, type GoldReader } from '@medallion/postgres';
import { emptyCommit, type KeyedChange } from '@medallion/runtime';
import type { AnyRow, Field, Value } from '@medallion/schema';
import { MemoryRelations } from '@medallion/testkit';
import fc from 'fast-check';

const PIPELINES = ['orders-streaming', 'medallion-sales', 'lakeflow-customers', 'circuit-box'];

/** Few values of each type, so that keys, references and groups meet. */
function valuesOf(field: Field): fc.Arbitrary<Value> {
  const some = (): fc.Arbitrary<Value> => {
    switch (field.type.kind) {
      case 'boolean':
        return fc.boolean();
      case 'int':
      case 'long':
        return fc.integer({ min: 0, max: 4 });
      case 'double':
        return fc.integer({ min: -8, max: 8 }).map((n) => n / 4);
      case 'decimal':
        return fc
          .integer({ min: -300, max: 3_000 })
          .map((n) => n / 10 ** Math.min(2, (field.type as { scale: number }).scale));
      case 'enum':
        return fc.constantFrom(...field.type.symbols);
      case 'string':
        return fc.constantFrom('1', '2', '3', 'completed', 'pending', '');
      case 'timestamp':
        return fc.integer({ min: 0, max: 80 }).map((days) => 1_767_225_600_000 + days * 43_200_000);
      case 'date':
        return fc.integer({ min: 20_454, max: 20_534 });
      case 'list':
        return fc.constant([]);
    }
  };
  return field.nullable ? fc.option(some(), { freq: 6 }) : some();
}

function changeOf(table: KeyedTablePlan): fc.Arbitrary<KeyedChange> {
  const keys = table.storedAs === 2 ? [...table.keys, VALIDITY.from] : table.keys;
  const row = fc.record(
    Object.fromEntries(
      table.schema.fields.map((field) => [
        field.name,
        valuesOf({ ...field, nullable: field.nullable && !keys.includes(field.name) }),
      ]),
    ),
  ) as fc.Arbitrary<AnyRow>;
  return fc.tuple(row, fc.integer({ min: 0, max: 5 })).map(([values, gone]) => ({
    key: keys.map((name) => values[name]!),
    row: gone === 0 ? null : values,
  }));
}

const inOrder = (rows: readonly AnyRow[]): readonly string[] =>
  rows
    .map((row) =>
      JSON.stringify(Object.fromEntries(Object.entries(row).filter(([name]) => name !== '_commit_timestamp'))),
    )
    .sort();

for (const name of PIPELINES)
  test(`M1 the views of ${name} equal a computation from all rows, whatever changes`, async () => {
    const { default: declared } = (await import(`../../pipelines/${name}/pipeline.ts`)) as { default: PipelinePlan };
    // A name of its own, so that others may use the database.
    const plan = { ...declared, name: `${name}-m1`, schemaName: `${declared.schemaName}_m1` };
    const { databaseUrl } =
      process.env.DATABASE_URL === undefined ? await testStack() : { databaseUrl: process.env.DATABASE_URL };
    const reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
    const store = createTableStore({ databaseUrl, log: silentLog });
    const tables = plan.tables.filter((table) => table.kind === 'keyed_table');
    const commits = fc.record(
      Object.fromEntries(tables.map((table) => [table.name, fc.array(changeOf(table), { maxLength: 5 })])),
    );
    try {
      await remove(reader, plan);
      await store.migrate(plan);
      const seen = new Set<string>();
      const reference = new MemoryRelations();
      reference.migrate(plan);
      await fc.assert(
        fc.asyncProperty(fc.array(commits, { minLength: 1, maxLength: 3 }), async (all) => {
          for (const commit of all) {
            const changes = new Map(Object.entries(commit));
            await store.commit({ ...emptyCommit, changes });
            reference.apply(changes, 0);
          }
          for (const table of plan.tables) {
            if (table.kind !== 'relational_view' && table.kind !== 'change_feed' && table.kind !== 'keyed_table')
              continue;
            const rows = await reader.query(`SELECT * FROM ${table.name}`);
            if (rows.length > 1) seen.add(table.name);
            assert.deepEqual(inOrder(rows), inOrder(reference.rows(table.name)!), table.name);
          }
        }),
        { numRuns: 40, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
      );
      const views = plan.tables.filter((table) => table.kind === 'relational_view').map((table) => table.name);
      assert.deepEqual(
        views.filter((view) => !seen.has(view)),
        [],
        'views that never had rows',
      );
    } finally {
      await store.close();
      await remove(reader, plan);
      await reader.close();
    }
  });

async function remove(reader: GoldReader, { name, schemaName }: PipelinePlan): Promise<void> {
  await reader.query(`DROP SCHEMA IF EXISTS "${schemaName}", "${schemaName}_masked" CASCADE`);
  for (const control of ['catalog', 'table_versions', 'lineage', 'column_lineage', 'flows', 'rules'])
    if ((await reader.query(`SELECT to_regclass('medallion.${control}') AS found`))[0]?.found !== null)
      await reader.query(`DELETE FROM medallion.${control} WHERE pipeline = $1`, [name]);
}
