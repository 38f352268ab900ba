import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { isMedallionError, MedallionError, messageOf } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import { flowsOf, type PipelinePlan } from '@medallion/pipeline';
import { type OutRecord, partitionOfKey, type RecordLog } from '@medallion/runtime';
import { type Answer, fine, type Surroundings } from '../answer.ts';
import { withLog } from '../connect.ts';

type Flags = { readonly file?: string | boolean | undefined };

/** A topic that is made: as the generators make theirs. */
const NEW_TOPIC = { partitions: 4, retentionMs: 7 * 86_400_000, maxMessageBytes: 1_048_588 } as const;
/** Records of one append. */
const BATCH = 500;

const PAUSE_MS = 500;

/** `medallion send`: puts events, one a line, into a topic that a pipeline reads; for trying things out. */
export async function send(
  [name, topic]: readonly (string | undefined)[],
  flags: Flags,
  around: Surroundings,
): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  const source = sourceOf(plan, topic);
  const input = typeof flags.file === 'string' ? await opened(flags.file) : process.stdin;
  if (input === process.stdin && process.stdin.isTTY)
    around.say(`Events as JSON, one a line, for ${source.topic}; end with Ctrl-D.\n`);
  const sent = await withLog(around, (log) => sendLines(log, source, linesOf(input)));
  return fine({ pipeline: plan.name, topic: source.topic, sent }, [`sent ${sent} to ${source.topic}`]);
}

/** A file of events. @throws MED_CONFIG_INVALID where there is none that can be read */
export async function opened(path: string): Promise<NodeJS.ReadableStream> {
  try {
    const file = await open(path);
    if (!(await file.stat()).isDirectory()) return file.createReadStream();
    await file.close();
  } catch (cause) {
    throw new MedallionError('MED_CONFIG_INVALID', { problems: `--file: ${messageOf(cause)}` }, { cause });
  }
  throw new MedallionError('MED_CONFIG_INVALID', { problems: `--file: ${path} is a folder` });
}

/** The lines of a stream; nothing is read before the first one is wanted, as readline would lose it. */
async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // readline says nothing of a stream that broke.
  let broken: Error | undefined;
  input.once('error', (error: Error) => {
    broken = error;
    lines.close();
  });
  yield* lines;
  if (broken !== undefined) throw broken;
}

/** A topic that a pipeline reads, and the column that its records' keys hold. */
export type InputTopic = { readonly topic: string; readonly key: string };

/** The topic of a pipeline with this name; without one, the only topic that it reads. */
export function sourceOf(plan: PipelinePlan, topic: string | undefined): InputTopic {
  const read = plan.tables.flatMap(flowsOf).flatMap(({ source }) => (source.kind === 'topic' ? [source] : []));
  const found = topic === undefined ? (read.length === 1 ? read[0] : undefined) : read.find((t) => t.topic === topic);
  if (found !== undefined) return found;
  const names = read.length === 0 ? 'none: it reads files' : read.map((each) => each.topic).join(', ');
  const problem =
    topic === undefined ? `name the topic; ${plan.name} reads` : `${plan.name} does not read "${topic}", only`;
  throw new MedallionError('MED_CONFIG_INVALID', { problems: `${problem} ${names}` });
}

/** Sends each line that is not blank, as it is, with the key that it has; how many there were. A missing topic is made. */
export async function sendLines(
  log: RecordLog,
  { topic, key }: InputTopic,
  lines: AsyncIterable<string>,
): Promise<number> {
  await log.ensureTopics([{ ...NEW_TOPIC, topic }]);
  const partitions = await log.partitions(topic);
  if (partitions === null) throw new MedallionError('MED_TOPIC_MISSING', { topic });
  const appender = await log.appender();
  let sent = 0;
  const flush = async (records: readonly OutRecord[]): Promise<void> => {
    const places = Map.groupBy(records, (record, i) =>
      record.key === null ? (sent + i) % partitions.length : partitionOfKey(record.key, partitions.length),
    );
    await patiently(() => appender.append([...places].map(([partition, records]) => ({ topic, partition, records }))));
    sent += records.length;
  };
  try {
    const batch: OutRecord[] = [];
    for await (const line of lines) {
      if (line.trim() === '') continue;
      batch.push({ key: keyOf(line, key), value: Buffer.from(line), headers: {} });
      if (batch.length === BATCH) await flush(batch.splice(0));
    }
    if (batch.length > 0) await flush(batch);
  } finally {
    await appender.close();
  }
  return sent;
}

/** Tries again what may pass: partitions of a topic that was just made may have no leader yet. */
async function patiently(work: () => Promise<unknown>, attempts = 5): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(isMedallionError(error) && error.retryable) || attempts === 1) throw error;
    await delay(PAUSE_MS);
    await patiently(work, attempts - 1);
  }
}

/** Null where the line is no JSON object or has no such column: a broken event is sent as it is, to see what becomes of it. */
function keyOf(line: string, key: string): Buffer | null {
  try {
    const value = (JSON.parse(line) as Readonly<Record<string, unknown>> | null)?.[key];
    return typeof value === 'string' || typeof value === 'number' ? Buffer.from(String(value)) : null;
  } catch {
    return null;
  }
}
