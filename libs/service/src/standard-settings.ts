import { kafkaAccessSettings, registryAccessSettings } from './access-settings.ts';
import { dashedName, durationMs, hostPort, integer, list, oneOf, secret, string, url } from './setting.ts';
import { tracingSettings } from './tracing/tracing-settings.ts';

/** What every service has; runService reads them without being asked. */
export const serviceSettings = {
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], {
    doc: 'The least severe log lines that are written.',
    default: 'info',
  }),
  HOST: string({
    doc: 'The address on which /livez, /readyz and /metrics are served; 0.0.0.0 for all interfaces.',
    pattern: /^[A-Za-z0-9.:_-]+$/,
    allowed: 'a host name or an address of this machine',
    default: '127.0.0.1',
  }),
  PORT: integer({
    doc: 'The port of these endpoints; 0 takes any free one and logs which.',
    min: 0,
    max: 65_535,
    default: 0,
  }),
  SHUTDOWN_TIMEOUT_MS: durationMs({
    doc: 'How long a service may finish its work after SIGTERM before it exits anyway.',
    min: 100,
    max: 3_600_000,
    default: 20_000,
  }),
  STALL_TIMEOUT_MS: durationMs({
    doc: 'Without progress for so long while records wait, /livez fails; after twice the time the service exits.',
    min: 100,
    max: 86_400_000,
    default: 60_000,
  }),
} as const;

/** What the services that run pipelines have in common. */
export const engineSettings = {
  KAFKA_BROKERS: list(hostPort, { doc: 'The brokers to find the Kafka cluster by.', required: true }),
  ...kafkaAccessSettings,
  SCHEMA_REGISTRY_URL: url({
    doc: 'The Confluent-compatible schema registry.',
    schemes: ['http', 'https'],
    required: true,
  }),
  ...registryAccessSettings,
  MIGRATE: oneOf(['auto', 'verify'], {
    doc: 'Whether a start makes topics, schemas and tables that are missing (`auto`), or leaves that to `medallion migrate` and refuses without them (`verify`).',
    default: 'auto',
  }),
  PIPELINES: list(dashedName, { doc: 'The pipelines to run.', default: ['santa-deliveries'] }),
  IDLE_TIMEOUT_MS: durationMs({
    doc: 'A partition that is read to its end and silent for so long does not hold back the watermark.',
    min: 100,
    max: 86_400_000,
    default: 30_000,
  }),
  FETCH_WAIT_MS: durationMs({
    doc: 'How long a broker may wait for more records before it answers: more is fewer requests and more latency.',
    min: 1,
    max: 30_000,
    default: 25,
  }),
  SESSION_TIMEOUT_MS: durationMs({
    doc: 'After so long without a sign of life an instance loses its partitions to the others; the broker bounds it.',
    min: 1_000,
    max: 1_800_000,
    default: 10_000,
  }),
  MAX_BATCH_BYTES: integer({
    doc: 'The most bytes read from one partition at a time; bounds memory.',
    min: 16_384,
    max: 67_108_864,
    unit: 'bytes',
    default: 524_288,
  }),
  ...tracingSettings,
} as const;

/** Where files land; only bronze-ingest reads them. */
export const fileSettings = {
  LANDING_URL: string({
    doc: 'Where files land, for pipelines that read some: a folder that every instance sees, or a bucket. Paths of sources are below it.',
    // no other scheme
    pattern: /^(?!(?!s3:|file:)[a-z0-9+.-]+:\/\/)/i,
    allowed: 'a path, file:///path, or s3://bucket/prefix',
  }),
  FILES_SETTLE_MS: durationMs({
    doc: 'A file in a folder is read once its size and time have not changed for so long. Objects in a bucket are whole at once.',
    min: 0,
    max: 86_400_000,
    default: 2_000,
  }),
  S3_ENDPOINT: url({
    doc: "The S3-compatible storage of LANDING_URL; AWS's own when not set.",
    schemes: ['http', 'https'],
  }),
  S3_REGION: string({ doc: 'The region of the bucket.', default: 'us-east-1' }),
  S3_ACCESS_KEY_ID: secret(string({ doc: "The key to the bucket; AWS's own ways of finding one when not set." })),
  S3_SECRET_ACCESS_KEY: secret(string({ doc: 'The secret of S3_ACCESS_KEY_ID.' })),
} as const;

/** The database of the gold tables; only gold-aggregate has its credentials. */
export const storeSettings = {
  DATABASE_URL: secret(
    url({ doc: 'The Postgres database of the gold tables.', schemes: ['postgres', 'postgresql'], required: true }),
  ),
  DATABASE_PASSWORD: secret(
    string({
      doc: 'Replaces the password of DATABASE_URL; as a file it is read at each new connection: rotation needs no restart.',
    }),
  ),
} as const;

/** Every standard setting of any service. */
export const allSettings = { ...serviceSettings, ...engineSettings, ...fileSettings, ...storeSettings } as const;

/** Variables with our prefix that the tools around the services read: no service takes them for a mistake. */
export const toolVariables = [
  'MEDALLION_DASHBOARD_PORT',
  'MEDALLION_HOME',
  'MEDALLION_KAFKA_PORT',
  'MEDALLION_KAFKA_CONTROLLER_PORT',
  'MEDALLION_METRICS_PORT',
  'MEDALLION_POSTGRES_PORT',
  'MEDALLION_REGISTRY_PORT',
  'MEDALLION_TEST_TIMEOUT_S',
] as const;
