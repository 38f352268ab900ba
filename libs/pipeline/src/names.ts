import type { Report } from './mistakes.ts';
import { AUDIT, FILE_AUDIT, RAW } from './plan.ts';

// No `__` inside a name: the engine appends `__20261224` and the like.
const SNAKE_CASE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const TOPIC = /^[a-zA-Z0-9._-]+$/;

/** Postgres cuts longer names off, silently. */
const MAX_NAME = 63;
/** Kafka's limit. */
const MAX_TOPIC_NAME = 249;

/** What every windowed view has beside its columns. */
const OF_WINDOWS: ReadonlySet<string> = new Set([
  'window_start',
  'window_end',
  'is_final',
  'closed_by_clock',
  'updated_at',
]);
/** The columns that the engine adds to what is read from outside. */
export const OF_INGESTION: ReadonlySet<string> = new Set([...Object.values(AUDIT), ...Object.values(FILE_AUDIT), RAW]);
/** The pipeline's part of the control tables, shown in its schema. */
const VIEWS_TAKEN: ReadonlySet<string> = new Set([
  ...['quarantine', 'quarantined', 'data_quality_metrics', 'conservation', 'columns'],
]);
/** The last words of topics that the engine makes beside a table's. */
const OF_TOPICS: ReadonlySet<string> = new Set(['quarantine', 'changelog', 'files']);
const SCHEMAS_TAKEN: ReadonlySet<string> = new Set(['medallion', 'public', 'information_schema']);

/** Judges the name of a pipeline, which is the prefix of its topics, and that of its Postgres schema. */
export function judgePipelineName(name: string, schema: string, report: Report): void {
  if (!KEBAB_CASE.test(name)) report(`its name "${name}" is not kebab-case`, 'use a name like "santa-deliveries"');
  if (name.length > MAX_NAME) report(`its name has ${name.length} characters`, `use at most ${MAX_NAME}`);
  if (SCHEMAS_TAKEN.has(schema) || schema.startsWith('pg_'))
    report(`its Postgres schema would be "${schema}", which is taken`, 'choose another name');
  if (schema === schemaNameOf(name)) return;
  if (!SNAKE_CASE.test(schema) || schema.length > MAX_NAME)
    report(`its Postgres schema "${schema}" is no snake_case name`, 'use one like "sales", or leave `schema` out');
}

/** Judges the name of a table and those of its topics. */
export function judgeTableName(name: string, topics: readonly string[], report: Report): void {
  if (!SNAKE_CASE.test(name)) report('its name is not snake_case', 'use a name like "silver_orders"');
  if (name.length > MAX_NAME)
    report(`its name has ${name.length} characters, Postgres allows ${MAX_NAME}`, 'use a shorter name');
  if (VIEWS_TAKEN.has(name))
    report(`its name is that of a view which every pipeline's schema has`, 'choose another name');
  for (const topic of topics) judgeTopicLength(topic, report);
}

/** What the engine names flows of its own with: `orders.redrive`, `orders.backfill`. */
const OF_FLOWS: ReadonlySet<string> = new Set(['redrive', 'backfill']);

/** Judges the name of an append flow, which is the table's and its own: `orders.history`. */
export function judgeFlowName(name: string, report: Report): void {
  if (!SNAKE_CASE.test(name)) report(`its flow "${name}" is not snake_case`, 'use a name like "history"');
  if (OF_FLOWS.has(name))
    report(`its flow "${name}" has the name of a flow that the engine adds to every table`, 'choose another name');
  if (OF_TOPICS.has(name)) report(`its flow "${name}" has the name of a topic of its table`, 'choose another name');
  if (name.length > MAX_NAME) report(`its flow "${name}" has ${name.length} characters`, `use at most ${MAX_NAME}`);
}

/** Judges the name of a topic. */
export function judgeTopicName(topic: string, report: Report): void {
  if (!TOPIC.test(topic) || topic === '.' || topic === '..')
    report(`"${topic}" is no topic name`, 'use letters, digits, ".", "_" and "-"');
  judgeTopicLength(topic, report);
}

function judgeTopicLength(topic: string, report: Report): void {
  if (topic.length > MAX_TOPIC_NAME)
    report(`its topic "${topic}" has ${topic.length} characters, Kafka allows ${MAX_TOPIC_NAME}`, 'use shorter names');
}

/** Judges the name of a column that a user declares. */
export function judgeColumnName(name: string, report: Report): void {
  if (name.startsWith('__'))
    report(`column "${name}" begins with "__", which the engine keeps for itself`, 'rename it');
  else if (OF_INGESTION.has(name)) report(`column "${name}" has a name that the engine uses itself`, 'rename it');
  else if (!SNAKE_CASE.test(name)) report(`column "${name}" is not snake_case`, 'use a name like "gift_count"');
  if (name.length > MAX_NAME)
    report(`column "${name}" has ${name.length} characters, Postgres allows ${MAX_NAME}`, 'use a shorter name');
}

/** Judges the name of a column of a windowed view beside those of its window. */
export function judgeWindowedName(name: string, report: Report): void {
  if (OF_WINDOWS.has(name)) report(`column "${name}" is a column of every windowed view`, 'rename it');
}

/** The Postgres schema of a pipeline. */
export const schemaNameOf = (pipeline: string): string => pipeline.replaceAll('-', '_');
/** The topic that keeps a table. */
export const topicOf = (pipeline: string, table: string): string => `${pipeline}.${table}`;
/** The topic that keeps the rows that a table did not accept. */
export const quarantineTopicOf = (pipeline: string, table: string): string => `${pipeline}.${table}.quarantine`;
/** The compacted topic that keeps a keyed table. */
export const changelogTopicOf = (pipeline: string, table: string): string => `${pipeline}.${table}.changelog`;
/** The log of the files that a flow found. */
export const filesTopicOf = (pipeline: string, flow: string): string => `${pipeline}.${flow}.files`;
