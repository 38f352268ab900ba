import type { Instant } from '@medallion/core';
import type { LogRecord, Offset, OutRecord, RecordLog } from '../ports/index.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/trace.ts';
import { isObject } from '../protocol/wire.ts';
import {
  type Backfill,
  type BackfillEnd,
  type BackfillSource,
  isFurther,
  NOTHING_REACHED,
  type Reached,
} from './backfill-plan.ts';

/** The topic, of one partition, that keeps what was begun, how far it is and how it ended, for ever. */
export const backfillsTopicOf = (pipeline: string): string => `${pipeline}.backfills`;

const FOR_EVER = -1;

type Known = { readonly backfill: Backfill; reached: Reached; end: BackfillEnd | null };

/** A backfill with how far it is. */
export type BackfillState = Readonly<Known>;

type Wire =
  | {
      readonly v: 1;
      readonly kind: 'begin';
      readonly id: string;
      readonly flow: string;
      readonly asked: string;
      readonly source: BackfillSource;
      readonly by: string;
      readonly at: number;
    }
  | { readonly v: 1; readonly kind: 'reached'; readonly id: string; readonly reached: Reached }
  | { readonly v: 1; readonly kind: 'end'; readonly id: string; readonly end: BackfillEnd };

/**
 * What is known of the backfills of a pipeline. Several commands may write at the same time: the first record that begins an
 * id counts, of how far it is the furthest, and the first that ends it. So all of them, and each that comes later, decide
 * alike, and no lock is needed (SPEC B1, B3).
 */
export class BackfillLog {
  readonly #pipeline: string;
  readonly #log: RecordLog;
  readonly #known = new Map<string, Known>();
  #next: Offset = 0;

  private constructor(pipeline: string, log: RecordLog) {
    this.#pipeline = pipeline;
    this.#log = log;
  }

  /** With all that was written up to now. */
  static async open(pipeline: string, log: RecordLog): Promise<BackfillLog> {
    const backfills = new BackfillLog(pipeline, log);
    await backfills.#read();
    return backfills;
  }

  /** In the order in which they were begun. */
  get all(): readonly BackfillState[] {
    return [...this.#known.values()];
  }

  get(id: string): BackfillState | null {
    return this.#known.get(id) ?? null;
  }

  /** The first backfill of a flow that has not ended: no later one may go on before it has. */
  unfinished(flow: string): Backfill | null {
    return this.all.find(({ backfill, end }) => backfill.flow === flow && end === null)?.backfill ?? null;
  }

  /** Begins a backfill, unless that id was begun before; as it was begun. */
  async begin(asked: Omit<Backfill, 'number'>): Promise<BackfillState> {
    await this.#write({ v: 1, kind: 'begin', ...asked });
    return this.#known.get(asked.id)!;
  }

  /** Everything before this is acknowledged. */
  reached(id: string, reached: Reached): Promise<void> {
    return this.#write({ v: 1, kind: 'reached', id, reached });
  }

  end(id: string, end: BackfillEnd): Promise<void> {
    return this.#write({ v: 1, kind: 'end', id, end });
  }

  async #write(wire: Wire): Promise<void> {
    const topic = backfillsTopicOf(this.#pipeline);
    await this.#log.ensureTopics([{ topic, partitions: 1, retentionMs: FOR_EVER, maxMessageBytes: MAX_MESSAGE_BYTES }]);
    const appender = await this.#log.appender();
    try {
      await appender.append([{ topic, partition: 0, records: [recordOf(wire)] }]);
    } finally {
      await appender.close();
    }
    await this.#read();
  }

  async #read(): Promise<void> {
    const at = { topic: backfillsTopicOf(this.#pipeline), partition: 0 };
    if ((await this.#log.partitions(at.topic)) === null) return;
    for await (const records of this.#log.read(at, this.#next))
      for (const record of records) {
        if (record.offset < this.#next) continue;
        this.#next = record.offset + 1;
        const wire = wireOf(record);
        if (wire !== null) this.#take(wire);
      }
  }

  #take(wire: Wire): void {
    const known = this.#known.get(wire.id);
    switch (wire.kind) {
      case 'begin': {
        if (known !== undefined) return;
        const { id, flow, asked, source, by, at } = wire;
        const backfill = { id, number: this.#known.size, flow, asked, source, by, at: at as Instant };
        this.#known.set(id, { backfill, reached: NOTHING_REACHED, end: null });
        return;
      }
      case 'reached':
        if (known !== undefined && isFurther(wire.reached, known.reached)) known.reached = wire.reached;
        return;
      case 'end':
        if (known !== undefined) known.end ??= wire.end;
    }
  }
}

const recordOf = (wire: Wire): OutRecord => ({
  key: Buffer.from(wire.id),
  value: Buffer.from(JSON.stringify(wire)),
  headers: {},
});

/** Whether a record has the parts that its kind has. */
function isWhole(wire: Wire): boolean {
  switch (wire.kind) {
    case 'begin':
      return typeof wire.flow === 'string' && typeof wire.asked === 'string' && isObject(wire.source);
    case 'reached':
      return isObject(wire.reached);
    case 'end':
      return wire.end !== undefined && wire.end !== null;
    default:
      return false;
  }
}

function wireOf({ value }: LogRecord): Wire | null {
  try {
    const wire = JSON.parse(value?.toString() ?? '') as Wire;
    return wire.v === 1 && typeof wire.id === 'string' && isWhole(wire) ? wire : null;
  } catch {
    return null;
  }
}
