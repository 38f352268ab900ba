import { type Log, MedallionError } from '@medallion/core';
import { createKafkaLog, createRegistryCodecs, type KafkaAccess, type RegistryOptions } from '@medallion/kafka';
import { personalColumns, type StreamingTablePlan } from '@medallion/pipeline';
import type { RecordLog } from '@medallion/runtime';
import type { FastifyInstance } from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import { notFound } from '../business/problems.ts';
import { KnownTables } from '../business/tables/known-tables.ts';
import type { ReadTable } from '../business/tables/read-table.ts';
import { Limit, Lineage, PIPELINE, Preview, StorableText, SubjectSchemas, TABLE } from '../contract/index.ts';
import type { Feature, Parts } from '../parts.ts';
import type { PlanOf } from '../quality/plan-of.ts';
import { createSharedAnswers } from '../quality/shared-answers.ts';
import { allLineage, lineageOf } from './lineage.ts';
import { previewStored } from './preview-stored.ts';
import { previewTopic } from './preview-topic.ts';
import { schemasOf } from './subject-schemas.ts';

/** Where the catalogue looks beside Postgres. */
export type CatalogNeeds = {
  readonly brokers: readonly string[] | undefined;
  /** Who the dashboard is to them. */
  readonly access?: KafkaAccess;
  readonly registry: RegistryOptions | undefined;
  readonly planOf: PlanOf;
};

const Name = (said: object) => StorableText(200, said);
const OfPipeline = Type.Object({ pipeline: Name(PIPELINE) });
const OfTable = Type.Object({ pipeline: Name(PIPELINE), table: Name(TABLE) });
const LineageQuery = Type.Object({
  table: Type.Optional(Name({ description: 'What leads to and from this table; all where nothing is said' })),
  column: Type.Optional(Name({ description: 'What leads to and from this column of `table`' })),
});
const PreviewQuery = Type.Object({ limit: Limit(20, 50) });

/** How long answers are given again. */
const LINEAGE_MS = 5_000;
const SCHEMAS_MS = 15_000;
const PREVIEW_MS = 1_000;

type Of<P extends TSchema, Q extends TSchema = TSchema> = { Params: Static<P>; Querystring: Static<Q> };

/** What tables are: schemas and their versions, where columns come from, and how rows look. */
export function createCatalogFeature(parts: Parts, needs: CatalogNeeds): Feature {
  const { reader, clock, log } = parts;
  const answers = createSharedAnswers(clock);
  const topics = topicsOf(needs, log);
  const known = new KnownTables(reader, clock);
  const tags = ['operator'];

  const routes = (app: FastifyInstance): void => {
    app.get<Of<typeof OfPipeline>>(
      '/api/operator/:pipeline/schemas',
      {
        schema: {
          ...{ tags, summary: 'The subjects of the registry: their versions, and what each changed' },
          ...{ params: OfPipeline, response: { 200: Type.Array(SubjectSchemas) } },
        },
      },
      async ({ params: { pipeline } }) => {
        await known.pipeline(pipeline);
        return answers.of(`schemas ${pipeline}`, SCHEMAS_MS, async () =>
          schemasOf(await needs.planOf(pipeline), needs.registry),
        );
      },
    );

    app.get<Of<typeof OfPipeline, typeof LineageQuery>>(
      '/api/operator/:pipeline/lineage',
      {
        schema: {
          ...{ tags, summary: 'Where tables and columns come from, and what comes of them' },
          ...{ params: OfPipeline, querystring: LineageQuery, response: { 200: Lineage } },
        },
      },
      async ({ params: { pipeline }, query: { table, column } }) => {
        await known.pipeline(pipeline);
        const all = await answers.of(`lineage ${pipeline}`, LINEAGE_MS, () => allLineage(reader.query, pipeline));
        if (table !== undefined) return lineageOf(all, pipeline, table, column);
        if (column === undefined) return all;
        throw new MedallionError('MED_REQUEST_INVALID', { problem: `column "${column}" of which table?` });
      },
    );

    app.get<Of<typeof OfTable, typeof PreviewQuery>>(
      '/api/operator/:pipeline/tables/:table/preview',
      {
        schema: {
          ...{ tags, summary: 'The newest rows of a table, from Postgres or its topic; what is personal is masked' },
          ...{ params: OfTable, querystring: PreviewQuery, response: { 200: Preview } },
        },
      },
      async ({ params: { pipeline, table }, query: { limit } }) => {
        const found = (await known.pipeline(pipeline)).tables.get(table);
        if (found === undefined) throw notFound('table', table, `/api/operator/${pipeline}/graph`);
        return answers.of(JSON.stringify(['preview', pipeline, table, limit]), PREVIEW_MS, () =>
          preview(pipeline, found, limit),
        );
      },
    );
  };

  async function preview(pipeline: string, table: ReadTable, limit: number): Promise<Static<typeof Preview>> {
    const { name } = table;
    const columns = [...table.columns.values()].map(({ kind: _, ...column }) => column);
    const masked = columns.filter(({ personal }) => personal).map((column) => column.name);
    if (table.relation !== null)
      return { table: name, from: 'postgres', columns, rows: [...(await previewStored(reader, table, limit))], masked };
    if (table.table.kind !== 'streaming_table') return { table: name, from: 'nowhere', columns, rows: [], masked };
    const plan = await needs.planOf(pipeline);
    const declared = plan.tables.find(
      (each): each is StreamingTablePlan => each.name === name && each.kind === 'streaming_table',
    );
    if (declared === undefined) return { table: name, from: 'nowhere', columns, rows: [], masked };
    // Of the two who say what is personal, the newer declaration may not have been started yet.
    const personal = new Set([...masked, ...personalColumns(plan).get(name)!]);
    const rows = await previewTopic(topics.open(), declared, personal, limit);
    return { table: name, from: 'topic', columns, rows: [...rows], masked: [...personal] };
  }

  return { routes, channels: [], close: topics.close };
}

/** The log and its codecs, opened when they are first asked for. */
function topicsOf({ brokers, access, registry }: CatalogNeeds, log: Log) {
  let opened: RecordLog | null = null;
  return {
    open() {
      if (brokers === undefined || registry === undefined)
        throw new MedallionError('MED_NOT_CONFIGURED', { settings: 'KAFKA_BROKERS and SCHEMA_REGISTRY_URL' });
      opened ??= createKafkaLog({
        ...{ brokers, clientId: 'medallion-dashboard', log },
        ...(access === undefined ? {} : { access }),
      });
      return { log: opened, codecs: createRegistryCodecs(registry) };
    },
    close: async () => opened?.close(),
  };
}
