import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaAccess, registryAccess } from '@medallion/kafka';
import { databaseUrlFrom } from '@medallion/postgres';
import {
  allSettings,
  type Environment,
  engineSettings,
  fileSettings,
  loadConfig,
  serviceSettings,
  showConfig,
  storeSettings,
  toolVariables,
} from '@medallion/service';
import fc from 'fast-check';
import { entrance } from '../engine/fuzz.ts';
import { mutated } from '../hostile/bytes.ts';
import { MARKER, SECRET } from '../hostile/marker.ts';
import { hostileText, INHERITED, NUMBERS } from '../hostile/texts.ts';

const SETTINGS = { ...serviceSettings, ...engineSettings, ...fileSettings, ...storeSettings };
const NAMES = [...Object.keys(allSettings), ...toolVariables];
const SECRETS = Object.entries(allSettings).flatMap(([name, { secret }]) => (secret ? [name] : []));

/** What an environment may not hold, and Node refuses before we see it. */
const asVariable = (text: string): string => text.replaceAll('\0', '').toWellFormed();

const VALID = [
  '127.0.0.1:9092',
  'http://127.0.0.1:8081',
  'postgres://me@db:5432/gold?sslmode=verify-full',
  'santa-deliveries',
  '8080',
  'info',
  'true',
  'verify',
  's3://bucket/x',
  'PLAIN',
  'SCRAM-SHA-256',
  'SASL_SSL',
  '/tmp/none',
];
const value = fc
  .oneof(
    fc.constantFrom<string>(...VALID, ...NUMBERS, `postgres://me:${SECRET}@db:5432/gold`),
    mutated(fc.constantFrom(...VALID).map((text) => Buffer.from(text))).map((bytes) => bytes.toString('utf8')),
    hostileText,
  )
  .map(asVariable);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.constantFrom(...SECRETS).map((each) => `${each}_FILE`) },
  { weight: 1, arbitrary: fc.constantFrom<string>(...INHERITED, 'MEDALLION_X', 'DATABASE_URI', 'KAFKA_BROKER') },
  {
    weight: 1,
    arbitrary: mutated(
      fc.constantFrom(...NAMES).map((text) => Buffer.from(text)),
      2,
    ).map((bytes) => asVariable(bytes.toString('latin1'))),
  },
);
/** Of a secret all that is known is that it is one: nothing of it may come back. */
const variable = name.chain((each) =>
  fc.tuple(fc.constant(each), SECRETS.includes(each) ? value.map((text) => `${text}${SECRET}`) : value),
);

const environment = fc.record({
  variables: fc.array(variable, { maxLength: 8 }),
  complete: fc.boolean(),
  file: fc.option(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([bytes, Buffer.from(SECRET)])),
    { nil: undefined },
  ),
});

const COMPLETE: Environment = {
  ...{ KAFKA_BROKERS: '127.0.0.1:9092', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8081', PIPELINES: 'santa-deliveries' },
  DATABASE_URL: `postgres://me:${SECRET}@127.0.0.1/gold`,
};

export const configuration = entrance({
  name: 'configuration',
  about: 'environment variables of the services, files of secrets, addresses of Kafka, the registry and Postgres',
  cases: environment,
  together: 100,
  judge(batch, journal) {
    const folder = mkdtempSync(join(tmpdir(), 'medallion-fuzz-'));
    try {
      const path = join(folder, 'secret');
      for (const { variables, complete, file } of batch) {
        const env: Record<string, string> = Object.create(null) as Record<string, string>;
        Object.assign(env, complete ? COMPLETE : {}, Object.fromEntries(variables));
        if (file !== undefined) {
          writeFileSync(path, file);
          env[`${SECRETS[variables.length % SECRETS.length]}_FILE`] = path;
        }
        for (const read of [
          () => {
            const config = loadConfig(SETTINGS, env);
            journal.log.info({ config: showConfig(SETTINGS, config) }, 'the configuration');
            // A value that is no secret is for all to see; the names of things are made of markers here.
            journal.met('taken');
          },
          () => void kafkaAccess(env),
          () => void registryAccess(env),
          () => void databaseUrlFrom(env.DATABASE_URL ?? 'postgres://h/d', env),
        ])
          try {
            read();
          } catch (error) {
            journal.refused(error, { echoes: true });
            // What is wrong is said with the value, unless that is a secret; as the log would write it.
            assert.ok(
              !String((error as Error).message).includes(SECRET),
              `a secret is told: ${(error as Error).message.slice(0, 300)}`,
            );
          }
      }
      journal.allow(MARKER);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});
