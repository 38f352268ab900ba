import { MedallionError } from '@medallion/core';
import type { StreamingTablePlan } from '@medallion/pipeline';
import type { LogRecord, RecordLog, RowCodecs } from '@medallion/runtime';
import { rowText } from '@medallion/schema';
import type { Row } from '../contract/index.ts';
import { shownCells } from './shown-cells.ts';

/** Records that are read of all partitions together, and the longest wait for them. */
const MOST_READ = 400;
const WAIT_MS = 2_500;

/**
 * The newest rows of a table's topic, newest first. What a partition does not give in time is left out.
 *
 * @throws MED_LOG_UNAVAILABLE when nothing at all comes in time, MED_REGISTRY_UNAVAILABLE
 */
export async function previewTopic(
  { log, codecs }: { readonly log: RecordLog; readonly codecs: RowCodecs },
  table: StreamingTablePlan,
  personal: ReadonlySet<string>,
  limit: number,
): Promise<readonly Row[]> {
  const deadline = deadlineIn(WAIT_MS);
  try {
    const ranges = await deadline.inTime(log.partitions(table.topic));
    if (ranges === undefined) throw late();
    const each = Math.max(1, Math.min(limit, Math.floor(MOST_READ / Math.max(1, ranges?.length ?? 0))));
    const ends = await Promise.all(
      (ranges ?? [])
        .filter(({ low, high }) => high > low)
        .map(({ partition, low, high }) =>
          newest(log, { topic: table.topic, partition }, Math.max(low, high - each), each, deadline),
        ),
    );
    if (ends.length > 0 && ends.every(({ complete, records }) => !complete && records.length === 0)) throw late();
    const records = ends
      .flatMap((end) => end.records)
      .toSorted((a, b) => b.timestampMs - a.timestampMs)
      .slice(0, limit);
    const decoder = await codecs.decoder(table.topic, table.schema);
    if ((await deadline.inTime(decoder.prepare(records.map(({ value }) => value)).then(() => true))) === undefined)
      throw new MedallionError('MED_REGISTRY_UNAVAILABLE', { reason: `no answer within ${WAIT_MS} ms` });
    const text = rowText(table.schema);
    return records.flatMap(({ value }) => {
      const decoded = decoder.decode(value);
      if (!('row' in decoded)) return [];
      const row = JSON.parse(text(decoded.row)) as Record<string, unknown>;
      return [shownCells(table.schema.fields.map(({ name }) => [name, row[name], personal.has(name)]))];
    });
  } finally {
    deadline.end();
  }
}

const late = () => new MedallionError('MED_LOG_UNAVAILABLE', { reason: `no records within ${WAIT_MS} ms` });

type End = { readonly records: readonly LogRecord[]; readonly complete: boolean };

/** The last records of a partition, as far as they come in time. */
async function newest(
  log: RecordLog,
  at: { readonly topic: string; readonly partition: number },
  from: number,
  most: number,
  deadline: Deadline,
): Promise<End> {
  const batches = log.read(at, from)[Symbol.asyncIterator]();
  let records: LogRecord[] = [];
  for (;;) {
    const next = await deadline.inTime(batches.next());
    if (next === undefined) {
      // Its end is not waited for, and what it says then is of no interest.
      void batches.return?.()?.catch(() => {});
      return { records, complete: false };
    }
    if (next.done) return { records, complete: true };
    records = [...records, ...next.value].slice(-most);
  }
}

type Deadline = {
  /** What `work` gives, or undefined when it is too late for that. */
  inTime<T>(work: Promise<T>): Promise<T | undefined>;
  end(): void;
};

function deadlineIn(ms: number): Deadline {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  return {
    inTime(work) {
      work.catch(() => {});
      return Promise.race([work, promise]);
    },
    end: () => clearTimeout(timer),
  };
}
