import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AvroRows } from '../support/avro-rows.ts';
import { caughtUp } from '../support/caught-up.ts';
import { PIPELINE } from '../support/gold-snapshot.ts';
import { assertMonitored, assertRunbooksAsk } from '../support/monitoring-proof.ts';
import { type SantaStack, startSantaStack } from '../support/santa-stack.ts';
import { ServiceGroup } from '../support/service-group.ts';
import { SERVICES } from '../support/service-process.ts';
import { TopicReader } from '../support/topic-reader.ts';
import { BRONZE_QUARANTINE, BRONZE_TOPIC, SILVER_QUARANTINE, SILVER_TOPIC } from '../support/topology.ts';
import { verify } from '../support/verify.ts';
import { BAD_RECORDS, type BadRecord, valid } from './bad-input-cases.ts';

// All bad records go in at once, each with a valid one behind it; then each test looks at what became of its own.

type Quarantined = {
  readonly table_name: string;
  readonly outcome: string;
  readonly reason: string;
  readonly violations: readonly { readonly expectation: string }[];
  readonly topic: string;
  readonly offset: number;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
};
type Row = Readonly<Record<string, string | number | null>>;

const bytes = (value: Buffer | string | null): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : value;
let failed = false;

let santa: SantaStack;
let groups: readonly ServiceGroup[];
/** Restarts of flows until the first record was through: topics and groups that are just made may take a second try. */
const atFirst = new Map<string, number>();

const giveUp = (): void => {
  for (const group of groups) group.assertAlive();
};

const restarts = async (group: ServiceGroup): Promise<number> => {
  const { text } = await group.instances[0]!.get('/metrics');
  const counts = [...text.matchAll(/^medallion_flow_restarts_total\{[^}]*\} (\d+)/gm)].map(([, n]) => Number(n));
  return counts.reduce((sum, n) => sum + n, 0);
};

before(async () => {
  santa = await startSantaStack(1);
  groups = SERVICES.map((name) => new ServiceGroup(name, santa.env, santa.logFolder));
  await Promise.all(groups.map((group) => group.scale(1)));
  await Promise.all(groups.flatMap((group) => group.instances.map((instance) => instance.ready())));
  // One that is good, so that there is a watermark.
  await santa.producer.send([{ key: 'first', value: bytes(valid()), partition: 0 }]);
  await caughtUp(santa.log, santa.database, { timeoutMs: 300_000, giveUp });
  for (const group of groups) atFirst.set(group.name, await restarts(group));
});
after(async () => {
  await Promise.all(groups.map((group) => group.stop()));
  await santa.close(failed);
});

/** A test that has the logs kept when it fails. */
const check = (title: string, work: () => Promise<void> | void): void =>
  void test(title, async () => {
    try {
      await work();
    } catch (error) {
      failed = true;
      throw error;
    }
  });

const quarantine = (): Promise<Quarantined[]> =>
  santa.database.query<Quarantined>(
    `SELECT table_name, outcome, reason, violations, topic, "offset", value, headers
     FROM medallion.quarantine WHERE pipeline = $1 ORDER BY topic, "offset"`,
    [PIPELINE],
  );

describe('bad records of the source', () => {
  const rows = new Map<number, Row>();
  const refused = new Map<number, Quarantined>();
  const late = new Map<number, number>();
  let followers = 0;

  before(async () => {
    const records = BAD_RECORDS.flatMap(({ value, key = 'delivery-1' }, i) => [
      { key, value: bytes(value), partition: 0 },
      { key: 'delivery-1', value: bytes(valid({ city: `After ${i}` })), partition: 0 },
    ]);
    for (let i = 0; i < records.length; i += 4) await santa.producer.send(records.slice(i, i + 4));
    await caughtUp(santa.log, santa.database, { timeoutMs: 300_000, giveUp });

    const avro = new AvroRows(santa.stack.schemaRegistryUrl);
    for (const row of await quarantine()) {
      const ofBronze = row.table_name.startsWith('bronze');
      const source = ofBronze ? row.offset : (await avro.decode(row.value as Buffer)).source_offset;
      refused.set(Number(source), row);
    }
    const copy = 'SELECT * FROM santa_deliveries.bronze_santa_deliveries';
    for (const row of await santa.database.query<Row>(copy)) rows.set(Number(row.source_offset), row);
    const cities = 'SELECT DISTINCT city FROM santa_deliveries.gold_top_cities';
    followers = (await santa.database.query<Row>(cities)).filter(({ city }) =>
      String(city).startsWith('After '),
    ).length;
    for (const { event_time } of await santa.database.query<{ event_time: number }>(
      'SELECT event_time FROM medallion.late_records',
    ))
      late.set(event_time, (late.get(event_time) ?? 0) + 1);
  });

  /** Raw offset of a case: the first record, then case, follower, case, follower … */
  const offsetOf = (record: BadRecord): number => 1 + 2 * BAD_RECORDS.indexOf(record);

  for (const record of BAD_RECORDS) {
    const { title, fate, value } = record;
    const offset = offsetOf(record);
    if ('accepted' in fate)
      check(`${title}: accepted`, () => {
        assert.equal(refused.get(offset)?.reason, undefined);
        const row = rows.get(offset);
        const columns = Object.keys(fate.accepted);
        assert.deepEqual(Object.fromEntries(columns.map((column) => [column, row?.[column]])), fate.accepted);
        if (record.late) assert.equal(late.get(0), 5);
      });
    else if ('unparseable' in fate)
      check(`${title}: quarantined as unparseable, with its bytes`, () => {
        const found = refused.get(offset);
        assert.equal(found?.outcome, 'unparseable');
        assert.match(found.reason, fate.unparseable);
        assert.deepEqual(found.value, bytes(value));
        assert.equal(rows.has(offset), false);
      });
    else
      check(
        `${title}: quarantined as ${'silver' in fate ? fate.silver : `violation of ${fate.violation.join(', ')}`}`,
        () => {
          const found = refused.get(offset);
          assert.equal(found?.outcome, 'silver' in fate ? fate.silver : 'violation');
          assert.notEqual(found.reason, '');
          assert.deepEqual(
            found.violations.map(({ expectation }) => expectation),
            'silver' in fate ? [] : fate.violation,
          );
          assert.equal(rows.has(offset), true);
        },
      );
  }

  check('the record behind each of them is in gold', () => {
    assert.equal(followers, BAD_RECORDS.length);
  });

  check('all tables, the quarantine and the counts are as the oracle says', async () => {
    const { log, database, producer, stack } = santa;
    const { problems } = await verify({
      ...{ log, reader: new TopicReader(log), database, registryUrl: stack.schemaRegistryUrl, partitions: 1 },
      ...{ sent: producer.sent, ingestedAt: Date.now() },
    });
    assert.deepEqual(problems, []);
  });
});

describe('records that no flow of the engine wrote, and what Postgres refuses', () => {
  let found: readonly Quarantined[] = [];
  let rawEnd = 0;
  const of = (topic: string, offset: number): readonly Quarantined[] =>
    found.filter((row) => row.topic === topic && row.offset === offset);
  const outcomes = (rows: readonly Quarantined[]): string[] =>
    rows.map(({ table_name, outcome }) => `${table_name.split('_')[0]} ${outcome}`).sort();
  const sent: { title: string; topic: string; value: Buffer | null; outcome: string; offset: number }[] = [];
  let headed = 0;
  let long = 0;

  before(async () => {
    rawEnd = santa.producer.sent.length;
    const appender = await santa.log.appender();
    const send = async (topic: string, title: string, value: Buffer | null, src: string | null): Promise<void> => {
      const headers = src === null ? {} : { src };
      const [offset] = await appender.append([{ topic, partition: 0, records: [{ key: null, value, headers }] }]);
      const outcome = src === null ? 'foreign' : 'undecodable';
      sent.push({ topic, title, value, outcome, offset: offset ?? -1 });
    };
    const lastSilver = await santa.database.query<{ reached: string }>(
      `SELECT split_part(coordinates ->> 'silver_santa_deliveries:0', ':', 1) AS reached
       FROM medallion.lease WHERE topic = $1`,
      [SILVER_TOPIC],
    );
    const last = { [BRONZE_TOPIC]: rawEnd - 1, [SILVER_TOPIC]: Number(lastSilver[0]?.reached) };
    for (const [topic, flow] of [
      [BRONZE_TOPIC, 'bronze_santa_deliveries'],
      [SILVER_TOPIC, 'silver_santa_deliveries'],
    ] as const) {
      await send(topic, 'text and no coordinate', Buffer.from('ho ho ho'), null);
      await send(topic, 'a tombstone and no coordinate', null, null);
      // Of the last record of the input, further rows: coordinates that are new, and stay behind the next ones.
      const src = (index: number): string => `${flow}:0:${last[topic]}:${index}`;
      await send(topic, 'no schema id', Buffer.from('ho'), src(1));
      await send(topic, 'a first byte that is no zero', Buffer.from([1, 0, 0, 0, 1, 2, 3]), src(2));
      await send(topic, 'a schema id that the registry does not know', Buffer.from([0, 0x7f, 0, 0, 1, 2, 3]), src(3));
      await send(topic, 'a schema id and half a row', Buffer.from([0, 0, 0, 0, 1, 2]), src(4));
      await send(topic, 'a tombstone', null, src(5));
    }
    for (const topic of [BRONZE_QUARANTINE, SILVER_QUARANTINE])
      await send(topic, 'text and no coordinate', Buffer.from('ho ho ho'), null);
    await appender.close();

    const city = Array.from({ length: 10_000 }, (_, i) =>
      String.fromCharCode(0x4e00 + ((i * i * 7_919) % 20_000)),
    ).join('');
    headed = rawEnd;
    long = rawEnd + 2;
    await santa.producer.send([
      {
        ...{ key: 'k', value: Buffer.alloc(0), partition: 0 },
        headers: { src: 'bronze_santa_deliveries:0:999999:0', 'medallion.outcome': 'accepted', 'a\0b': 'c\0d' },
      },
      { key: 'k', value: bytes(valid({ city: 'Behind the headers' })), partition: 0 },
      { key: 'k', value: bytes(valid({ city })), partition: 0 },
      { key: 'k', value: bytes(valid({ city: 'Behind the long one' })), partition: 0 },
    ]);
    await caughtUp(santa.log, santa.database, { timeoutMs: 300_000, giveUp });
    found = await quarantine();
  });

  for (const [topic, readers] of [
    [BRONZE_TOPIC, ['bronze', 'silver']],
    [SILVER_TOPIC, ['silver']],
  ] as const)
    check(
      `in ${topic}: no coordinate is foreign, no row of a known schema is undecodable; every reader says so`,
      () => {
        const here = sent.filter((each) => each.topic === topic);
        assert.equal(here.length, 7);
        for (const { title, offset, outcome, value } of here) {
          const rows = of(topic, offset);
          assert.deepEqual(
            outcomes(rows),
            readers.map((reader) => `${reader} ${outcome}`),
            title,
          );
          for (const row of rows) assert.deepEqual(row.value, value, title);
          for (const row of rows) assert.notEqual(row.reason, '', title);
        }
      },
    );

  check('in a quarantine topic: no coordinate is foreign', () => {
    for (const { topic, offset } of sent.filter((each) => each.topic.endsWith('.quarantine')))
      assert.deepEqual(outcomes(of(topic, offset)), [
        topic === BRONZE_QUARANTINE ? 'bronze foreign' : 'silver foreign',
      ]);
  });

  check("headers that look like the engine's own, or hold NUL, are kept and deceive nobody", () => {
    const [row] = of('santa.deliveries.raw', headed);
    assert.equal(row?.outcome, 'unparseable');
    assert.equal(row.headers.src, 'bronze_santa_deliveries:0:999999:0');
    assert.equal(row.headers['medallion.outcome'], 'accepted');
    assert.match(JSON.stringify(row.headers), /"a.b":"c.d"/);
  });

  check(
    'a row that Postgres refuses, as its city is too long for the key of a gold table, is quarantined alone',
    () => {
      const rows = found.filter((row) => row.outcome === 'unstorable');
      assert.deepEqual(outcomes(rows), ['silver unstorable']);
      assert.match(rows[0]?.reason ?? '', /Postgres refuses/);
      assert.notEqual(long, 0);
    },
  );

  check('the records behind them are in gold', async () => {
    const cities = await santa.database.query<Row>(
      `SELECT city FROM santa_deliveries.gold_top_cities WHERE city LIKE 'Behind %' ORDER BY city`,
    );
    assert.deepEqual(
      cities.map(({ city }) => city),
      ['Behind the headers', 'Behind the long one'],
    );
  });

  check('conservation holds: foreign records are missing from nobody, as nobody gave them to a flow', async () => {
    // What is undecodable here has a coordinate, so some flow seems to have made it: those rows are too many.
    const rows = await santa.database.query<Row>(
      'SELECT table_name, difference FROM medallion.conservation WHERE pipeline = $1 AND difference + undecodable <> 0',
      [PIPELINE],
    );
    assert.deepEqual(rows, []);
  });

  check('no flow was started again, no service ended, all are ready', async () => {
    for (const group of groups) {
      const { name, crashes, instances } = group;
      assert.deepEqual(crashes, [], name);
      assert.equal(await restarts(group), atFirst.get(name), name);
      const [service] = instances;
      assert.ok(service);
      assert.equal((await service.get('/readyz')).status, 200, name);
    }
  });

  check('rules, dashboards and runbooks can be used: they name what services export and Postgres has', async () => {
    const pages = await Promise.all(
      groups.map(async ({ name, instances }) => ({ service: name, text: (await instances[0]!.get('/metrics')).text })),
    );
    assertMonitored(pages);
    await assertRunbooksAsk(santa.database);
  });
});
