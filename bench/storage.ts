import { Admin } from '@platformatic/kafka';
import pg from 'pg';
import { withEngine } from './support/engine.ts';
import { fillRawTopic } from './support/raw-topic.ts';
import { round, table } from './support/statistics.ts';

/** Bytes on disk for each event of the input: by topic (one copy) and by table (with its indexes). */
export type StorageResult = {
  readonly events: number;
  readonly kafka: Readonly<Record<string, number>>;
  readonly postgres: Readonly<Record<string, number>>;
  readonly kafkaBytesPerEvent: number;
  readonly postgresBytesPerEvent: number;
};

const TABLES = `
SELECT n.nspname || '.' || coalesce(parent.relname, c.relname) AS name, sum(pg_total_relation_size(c.oid))::text AS bytes
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
LEFT JOIN pg_class parent ON parent.oid = i.inhparent
WHERE c.relkind = 'r' AND n.nspname IN ('santa_deliveries', 'medallion')
GROUP BY 1`;

const topicBytes = async (brokers: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  const admin = new Admin({ clientId: 'bench-storage', bootstrapBrokers: [...brokers] });
  try {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith('santa'));
    const metadata = await admin.metadata({ topics });
    const wanted = topics.map((name) => ({
      name,
      partitions: Array.from({ length: metadata.topics.get(name)?.partitionsCount ?? 0 }, (_, i) => i),
    }));
    const bytes = new Map<string, number>();
    for (const broker of await admin.describeLogDirs({ topics: wanted }))
      for (const { topics: held } of broker.results)
        for (const { name, partitions } of held)
          for (const { partitionSize } of partitions) bytes.set(name, (bytes.get(name) ?? 0) + Number(partitionSize));
    return bytes;
  } finally {
    await admin.close();
  }
};

const tableBytes = async (databaseUrl: string): Promise<ReadonlyMap<string, number>> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; bytes: string }>(TABLES);
    return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
  } finally {
    await client.end();
  }
};

const perEvent = (bytes: ReadonlyMap<string, number>, events: number): Record<string, number> =>
  Object.fromEntries(
    [...bytes]
      .map(([name, each]): [string, number] => [name, round(each / events)])
      .filter(([, each]) => each >= 0.1)
      .toSorted(([, a], [, b]) => b - a),
  );

const sum = (parts: Readonly<Record<string, number>>): number => round(Object.values(parts).reduce((a, b) => a + b, 0));

/** Drains `events` events at 1,000 a second of event time, then looks at what is on the disks of Kafka and Postgres. */
export async function storage(events: number): Promise<StorageResult> {
  return withEngine(async (engine) => {
    const startMs = Date.UTC(2025, 11, 24, 10);
    const { records } = await fillRawTopic(engine.brokers, { events, seed: 1, density: 1_000, startMs });
    engine.start();
    await engine.gold.accounted(records, 600_000);
    const kafka = perEvent(await topicBytes(engine.brokers), records);
    const postgres = perEvent(await tableBytes(engine.stack.databaseUrl), records);
    return { events: records, kafka, postgres, kafkaBytesPerEvent: sum(kafka), postgresBytesPerEvent: sum(postgres) };
  });
}

/** The result for the terminal. */
export const storageTable = ({ kafka, postgres, kafkaBytesPerEvent, postgresBytesPerEvent }: StorageResult): string =>
  table([
    ['on disk', 'bytes/event'],
    ...Object.entries(kafka),
    ['all topics, one copy', kafkaBytesPerEvent],
    ...Object.entries(postgres),
    ['all tables', postgresBytesPerEvent],
  ]);

if (import.meta.main) {
  const result = await storage(Number(process.argv[2] ?? 200_000));
  console.log(storageTable(result));
  console.log(JSON.stringify(result));
}
