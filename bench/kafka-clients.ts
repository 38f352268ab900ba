/**
 * CPU of producing and consuming with each client: `KAFKA_BROKERS=… node bench/kafka-clients.ts [rounds]`.
 * Microseconds of user and system time of this process per record of 400 bytes with one header of 50 bytes,
 * batches of 2,000 over 4 partitions; all candidates in turn in every round, the least and the median of the rounds.
 */
import { Consumer, Producer } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { clusterOf, recordBatches } from '../libs/kafka/src/kafkajs-patch.ts';
import { decodeRecordBatches } from '../libs/kafka/src/record-batch/decode.ts';
import { decompress } from '../libs/kafka/src/record-batch/decompress.ts';
import { encodeRecordBatch } from '../libs/kafka/src/record-batch/encode.ts';

const brokers = (process.env.KAFKA_BROKERS ?? '127.0.0.1:9092').split(',');
const rounds = Number(process.argv[2] ?? 5);
const RECORDS = 60_000;
const BATCH = 2_000;
const PARTITIONS = 4;
const topic = `bench.clients.${process.pid}`;

const kafka = new kafkajs.Kafka({ clientId: 'bench', brokers, logLevel: kafkajs.logLevel.ERROR });
const header = 'bronze_santa_deliveries/3/123456789012/0-1234567890';
const value = Buffer.alloc(400, 'v');
const keys = Array.from({ length: 100 }, (_, i) => Buffer.from(`delivery-${i}`));

type Producing = { name: string; send(batch: number): Promise<void>; close(): Promise<void> };

async function producers(): Promise<Producing[]> {
  const plain = kafka.producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition!,
    retry: { retries: 0 },
  });
  await plain.connect();
  const cluster = clusterOf(kafka);
  await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]);
  const other = new Producer({ clientId: 'bench', bootstrapBrokers: brokers });
  const perPartition = BATCH / PARTITIONS;
  return [
    {
      name: 'kafkajs sendBatch',
      async send() {
        const messages = [];
        for (let i = 0; i < BATCH; i++)
          messages.push({ partition: i % PARTITIONS, key: keys[i % 100]!, value, headers: { src: header } });
        await plain.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] });
      },
      close: () => plain.disconnect(),
    },
    {
      name: 'kafkajs, own batches',
      async send() {
        const partitions = [];
        for (let p = 0; p < PARTITIONS; p++) {
          const records = [];
          for (let i = 0; i < perPartition; i++) records.push({ key: keys[i % 100]!, value, headers: { src: header } });
          partitions.push({
            partition: p,
            messages: [{ recordBatch: encodeRecordBatch(records, Date.now()) }] as [{ recordBatch: Buffer }],
          });
        }
        const leader = Object.keys(cluster.findLeaderForPartitions(topic, [0]))[0]!;
        const broker = await cluster.findBroker({ nodeId: leader });
        await broker.produce({ acks: -1, timeout: 30_000, topicData: [{ topic, partitions }] });
      },
      close: () => cluster.disconnect(),
    },
    {
      name: 'platformatic send',
      async send() {
        const messages = [];
        for (let i = 0; i < BATCH; i++)
          messages.push({
            topic,
            partition: i % PARTITIONS,
            key: keys[i % 100]!,
            value,
            headers: new Map([[Buffer.from('src'), Buffer.from(header)]]),
          });
        await other.send({ messages, acks: -1 });
      },
      close: async () => void (await other.close()),
    },
  ];
}

type Consuming = { name: string; run(records: number): Promise<void> };

let touched = 0;
async function kafkajsConsume(records: number, own: boolean): Promise<void> {
  recordBatches.decode = own ? (bytes) => decodeRecordBatches(bytes, decompress) : null;
  const consumer = kafka.consumer({
    groupId: `bench.${process.pid}.${Math.random()}`,
    maxWaitTimeInMs: 50,
    maxBytesPerPartition: 1_048_576,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let seen = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 64,
    async eachBatch({ batch }) {
      for (const m of batch.messages) touched += m.value!.length + (m.headers!.src as Buffer).length + Number(m.offset);
      seen += batch.messages.length;
      if (seen >= records) resolve();
    },
  });
  await promise;
  await consumer.disconnect();
  recordBatches.decode = null;
}

const consumers: Consuming[] = [
  { name: 'kafkajs eachBatch', run: (records) => kafkajsConsume(records, false) },
  { name: 'kafkajs, own decoder', run: (records) => kafkajsConsume(records, true) },
  {
    name: 'platformatic stream',
    async run(records) {
      const consumer = new Consumer({
        clientId: 'bench',
        bootstrapBrokers: brokers,
        groupId: `bench.${process.pid}.${Math.random()}`,
        autocommit: false,
        maxWaitTime: 50,
      });
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest', sessionTimeout: 10_000 });
      let seen = 0;
      for await (const m of stream) {
        touched += m.value.length + m.headers.size + Number(m.offset);
        if (++seen >= records) break;
      }
      await stream.close();
      await consumer.close(true);
    },
  },
];

const samples = new Map<string, number[]>();
async function measure(name: string, records: number, work: () => Promise<void>): Promise<void> {
  const before = process.cpuUsage();
  await work();
  const used = process.cpuUsage(before);
  const list = samples.get(name) ?? [];
  list.push((used.user + used.system) / records);
  samples.set(name, list);
}

const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }] });
const all = await producers();
for (const producing of all) for (let b = 0; b < 10; b++) await producing.send(b); // warm up
let written = 10 * BATCH * all.length;
for (let round = 0; round < rounds; round++)
  for (const producing of all) {
    await measure(`produce · ${producing.name}`, RECORDS, async () => {
      for (let b = 0; b < RECORDS / BATCH; b++) await producing.send(b);
    });
    written += RECORDS;
  }
for (const producing of all) await producing.close();
for (const consuming of consumers) await consuming.run(20_000); // warm up
for (let round = 0; round < rounds; round++)
  for (const consuming of consumers)
    await measure(`consume · ${consuming.name}`, written, () => consuming.run(written));
await admin.deleteTopics({ topics: [topic] });
await admin.disconnect();

console.log(`CPU µs per record; ${rounds} rounds\n`);
console.log('| | min | median |\n|---|---|---|');
for (const [name, list] of samples) {
  const sorted = list.toSorted((a, b) => a - b);
  console.log(`| ${name} | ${sorted[0]!.toFixed(2)} | ${sorted[sorted.length >> 1]!.toFixed(2)} |`);
}
if (touched === 0) throw new Error('nothing was consumed');
