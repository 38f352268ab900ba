import type { Report } from './mistakes.ts';
import { AUDIT } from './plan.ts';

// No `__` inside a name: the engine appends `__20261224` and the like.
const SNAKE_CASE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const TOPIC = /^[a-zA-Z0-9._-]+$/;

/** Postgres cuts longer names off, silently. */
const MAX_NAME = 63;
/** Kafka's limit. */
const MAX_TOPIC_NAME = 249;

const OF_THE_ENGINE: ReadonlySet<string> = new Set(['window_start', 'window_end', 'is_final', 'updated_at']);
const OF_INGESTION: ReadonlySet<string> = new Set(Object.values(AUDIT));
const SCHEMAS_TAKEN: ReadonlySet<string> = new Set(['medallion', 'public', 'information_schema']);

/** Judges the name of a pipeline, of which the Postgres schema and the topics' prefix are made. */
export function judgePipelineName(name: string, report: Report): void {
  if (!KEBAB_CASE.test(name)) report(`its name "${name}" is not kebab-case`, 'use a name like "santa-deliveries"');
  if (name.length > MAX_NAME) report(`its name has ${name.length} characters`, `use at most ${MAX_NAME}`);
  if (SCHEMAS_TAKEN.has(schemaNameOf(name)) || name.startsWith('pg-'))
    report(`its Postgres schema would be "${schemaNameOf(name)}", which is taken`, 'choose another name');
}

/** Judges the name of a table and those of its topics. */
export function judgeTableName(name: string, topics: readonly string[], report: Report): void {
  if (!SNAKE_CASE.test(name)) report('its name is not snake_case', 'use a name like "silver_orders"');
  if (name.length > MAX_NAME)
    report(`its name has ${name.length} characters, Postgres allows ${MAX_NAME}`, 'use a shorter name');
  for (const topic of topics) judgeTopicLength(topic, report);
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
  else if (OF_INGESTION.has(name) || OF_THE_ENGINE.has(name))
    report(`column "${name}" has a name that the engine uses itself`, 'rename it');
  else if (!SNAKE_CASE.test(name)) report(`column "${name}" is not snake_case`, 'use a name like "gift_count"');
  if (name.length > MAX_NAME)
    report(`column "${name}" has ${name.length} characters, Postgres allows ${MAX_NAME}`, 'use a shorter name');
}

/** The Postgres schema of a pipeline. */
export const schemaNameOf = (pipeline: string): string => pipeline.replaceAll('-', '_');
/** The topic that keeps a table. */
export const topicOf = (pipeline: string, table: string): string => `${pipeline}.${table}`;
/** The topic that keeps the rows that a table did not accept. */
export const quarantineTopicOf = (pipeline: string, table: string): string => `${pipeline}.${table}.quarantine`;
