import type { Instant } from '@medallion/core';
import type { Field } from '@medallion/schema';
import { type ColumnOrigins, type ColumnRef, columnLineage, personalColumns } from './column-lineage.ts';
import { type GraphNode, graphOf } from './graph.ts';
import type { PipelinePlan, TablePlan } from './plan.ts';
import { flowsOf } from './plan-parts.ts';
import { typeText } from './type-text.ts';

/** Where the data of a pipeline is: what OpenLineage names datasets by. */
export type LineagePlaces = {
  /** The first broker: `localhost:9092`. */
  readonly broker: string;
  /** The database: host and port, and its name. */
  readonly database: { readonly host: string; readonly name: string };
  /** What paths of files are below: a path, `file:///path` or `s3://bucket/prefix`; null where it is not known. */
  readonly landing: string | null;
};

/** A facet: more about a job or a dataset, with the schema that it follows. */
export type LineageFacet = { readonly _producer: string; readonly _schemaURL: string } & Readonly<
  Record<string, unknown>
>;

/** A dataset as OpenLineage names it. */
export type LineageDataset = {
  readonly namespace: string;
  readonly name: string;
  readonly facets: Readonly<Record<string, LineageFacet>>;
};

/** An OpenLineage event of version 2-0-2 that says what a job reads and writes, as it is declared. */
export type LineageJobEvent = {
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly job: {
    readonly namespace: string;
    readonly name: string;
    readonly facets: Readonly<Record<string, LineageFacet>>;
  };
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
};

/** The same as an event of a run, for collectors that take no others. */
export type LineageRunEvent = LineageJobEvent & {
  readonly eventType: 'START' | 'COMPLETE';
  readonly run: { readonly runId: string };
};

/** Who says so, as a URI. */
const PRODUCER = 'urn:medallion';
const SPEC = 'https://openlineage.io/spec';
const CORE = `${SPEC}/2-0-2/OpenLineage.json#/$defs`;

/**
 * The lineage of a pipeline as OpenLineage events: one for each table that is kept, with what it reads, its columns and
 * where they come from. A view is never stored, so it is no dataset: who reads it reads what it reads.
 *
 * @example openLineage(plan, { at, broker: 'localhost:9092', database: { host: 'localhost:5432', name: 'gold' }, landing: null })
 */
export function openLineage(
  plan: PipelinePlan,
  { at, ...places }: LineagePlaces & { readonly at: Instant },
): readonly LineageJobEvent[] {
  const lineage = columnLineage(plan);
  const personal = personalColumns(plan);
  const inputs = inputsOf(plan);
  const datasets = new Datasets(plan, places);
  return plan.tables
    .filter((table) => table.kind !== 'view')
    .map((table) => {
      const [stored, ...beside] = datasets.of(table.name);
      const described = { ...stored!, facets: { ...stored!.facets, ...describedBy(table, personal.get(table.name)!) } };
      return {
        eventTime: new Date(at).toISOString(),
        producer: PRODUCER,
        schemaURL: `${CORE}/JobEvent`,
        job: { namespace: 'medallion', name: `${plan.name}.${table.name}`, facets: jobFacets(plan, table) },
        inputs: inputs(table.name).map((name) => datasets.of(name)[0]!),
        outputs: [withColumns(described, lineage.get(table.name)!, datasets), ...beside],
      };
    });
}

/** Both events of a run that did nothing but be declared. */
export function asRun(event: LineageJobEvent, runId: string): readonly LineageRunEvent[] {
  return (['START', 'COMPLETE'] as const).map((eventType) => ({
    ...event,
    schemaURL: `${CORE}/RunEvent`,
    eventType,
    run: { runId },
  }));
}

const facet = (schema: string, content: Readonly<Record<string, unknown>>): LineageFacet => ({
  _producer: PRODUCER,
  _schemaURL: `${SPEC}/facets/${schema}`,
  ...content,
});

const documentation = (of: 'Job' | 'Dataset', description: string | null): Readonly<Record<string, LineageFacet>> => {
  const schema = `1-0-1/Documentation${of}Facet.json#/$defs/Documentation${of}Facet`;
  return description === null ? {} : { documentation: facet(schema, { description }) };
};

const jobFacets = ({ mode }: PipelinePlan, { kind, comment }: TablePlan) => ({
  jobType: facet('2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet', {
    processingType: mode === 'triggered' ? 'BATCH' : 'STREAMING',
    integration: 'MEDALLION',
    jobType: kind.toUpperCase(),
  }),
  ...documentation('Job', comment),
});

/** What the catalog says of a table. */
function describedBy(table: TablePlan, personal: ReadonlySet<string>): Readonly<Record<string, LineageFacet>> {
  const declared = 'governance' in table ? Object.entries(table.governance.tags) : [];
  const tags = [
    ...[...declared, ['layer', table.layer] as const].map(([key, value]) => ({ key, value, source: 'MEDALLION' })),
    ...[...personal].map((field) => ({ key: 'personal', value: 'true', source: 'MEDALLION', field })),
  ];
  return { tags: facet('1-0-0/TagsDatasetFacet.json#/$defs/TagsDatasetFacet', { tags }) };
}

function withColumns(dataset: LineageDataset, origins: ColumnOrigins, datasets: Datasets): LineageDataset {
  const fields = [...origins].flatMap(([column, from]) => {
    const inputFields = from.map((ref) => {
      const { namespace, name } = datasets.of(ref.table)[0]!;
      return { namespace, name, field: ref.column, transformations: [transformation(ref)] };
    });
    return inputFields.length === 0 ? [] : [[column, { inputFields }] as const];
  });
  const columnLineage = facet('1-1-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet', {
    fields: Object.fromEntries(fields),
  });
  return { ...dataset, facets: { ...dataset.facets, columnLineage } };
}

const transformation = ({ how }: ColumnRef) => ({
  type: 'DIRECT',
  subtype: how === 'copied' ? 'IDENTITY' : 'TRANSFORMATION',
  description: '',
  masking: false,
});

/** The tables and sources that each table reads, through views. */
function inputsOf(plan: PipelinePlan): (table: string) => readonly string[] {
  const { edges } = graphOf(plan);
  const views = new Set(plan.tables.filter(({ kind }) => kind === 'view').map(({ name }) => name));
  const into = (table: string): readonly string[] =>
    edges.filter(({ to }) => to === table).flatMap(({ from }) => (views.has(from) ? into(from) : [from]));
  return (table) => [...new Set(into(table))];
}

type Named = { readonly namespace: string; readonly name: string };

/** The datasets of a pipeline: of each table first the one that others read. */
class Datasets {
  readonly #plan: PipelinePlan;
  readonly #places: LineagePlaces;
  readonly #sources: ReadonlyMap<string, GraphNode>;

  constructor(plan: PipelinePlan, places: LineagePlaces) {
    this.#plan = plan;
    this.#places = places;
    this.#sources = new Map(graphOf(plan).nodes.map((node) => [node.name, node]));
  }

  /** By the name of a table or a source. */
  of(name: string): readonly LineageDataset[] {
    const table = this.#plan.tables.find((each) => each.name === name);
    if (table === undefined) return [this.#source(name)];
    const facets = { ...schemaOf(table.schema.fields), ...documentation('Dataset', table.comment) };
    const inPostgres = this.#table(name);
    switch (table.kind) {
      case 'streaming_table':
      case 'keyed_table': {
        const isCopied = table.kind === 'keyed_table' || table.queryable !== null;
        const topic = this.#topic(table.kind === 'keyed_table' ? table.changelogTopic : table.topic);
        return [
          { ...topic, facets: { ...facets, ...(isCopied ? alsoAt(inPostgres) : {}) } },
          {
            ...this.#topic(table.quarantineTopic),
            facets: documentation('Dataset', `What ${name} refused, as it came`),
          },
        ];
      }
      default:
        return [{ ...inPostgres, facets }];
    }
  }

  #source(name: string): LineageDataset {
    const declared = this.#plan.tables
      .flatMap(flowsOf)
      .flatMap(({ source }) => (source.kind === 'table' ? [] : [source]))
      .find((source) => name === (source.kind === 'topic' ? source.topic : `${source.path}/${source.pattern}`));
    const facets = declared === undefined ? {} : schemaOf(declared.declared.fields);
    const place = this.#sources.get(name)?.kind === 'topic' ? this.#topic(name) : this.#files(name);
    return { ...place, facets };
  }

  #topic(name: string): Named {
    return { namespace: `kafka://${this.#places.broker}`, name };
  }

  #table(name: string): Named {
    const { host, name: database } = this.#places.database;
    return { namespace: `postgres://${host}`, name: `${database}.${this.#plan.schemaName}.${name}` };
  }

  #files(path: string): Named {
    const landing = this.#places.landing ?? '';
    const [, bucket, prefix = ''] = /^(s3:\/\/[^/]+)\/?(.*)$/.exec(landing) ?? [];
    const below = (root: string): string => (root === '' ? path : `${root.replace(/\/+$/, '')}/${path}`);
    if (bucket !== undefined) return { namespace: bucket, name: below(prefix) };
    return { namespace: 'file', name: below(landing.replace(/^file:\/\//, '')) };
  }
}

const schemaOf = (fields: readonly Field[]): Readonly<Record<string, LineageFacet>> => ({
  schema: facet('1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet', {
    fields: fields.map(({ name, type, doc }) => ({
      name,
      type: typeText(type),
      ...(doc === undefined ? {} : { description: doc }),
    })),
  }),
});

/** The same rows under another name. */
const alsoAt = (place: Named): Readonly<Record<string, LineageFacet>> => ({
  symlinks: facet('1-0-1/SymlinksDatasetFacet.json#/$defs/SymlinksDatasetFacet', {
    identifiers: [{ ...place, type: 'TABLE' }],
  }),
});
