import { setImmediate as turn } from 'node:timers/promises';
import {
  type Instant,
  invariant,
  isMedallionError,
  type Log,
  milliseconds,
  noMetrics,
  type Tracer,
} from '@medallion/core';
import { flowsOf, type Layer, type PipelinePlan, type TablePlan } from '@medallion/pipeline';
import {
  decide,
  type FileSource,
  type LateRow,
  type LayerSettings,
  noProgress,
  type QuarantinedRow,
  type Redriven,
  type RowCodecs,
  redrive,
  runLayer,
  TERM_HEADER,
} from '@medallion/runtime';
import { type AnyRow, parseInstant } from '@medallion/schema';
import { createMemoryCodecs, MemoryRegistry } from '../codec/index.ts';
import { MemoryFiles } from '../files/index.ts';
import { createMemoryLog, MemoryCluster } from '../log/index.ts';
import { MemoryDatabase, MemoryRedrives, MemoryTableStore } from '../store/index.ts';
import { ManualClock } from './manual-clock.ts';
import { qualityOf, type RuleCounts } from './rule-counts.ts';
import { StoppedFlows } from './stopped-flows.ts';

const LAYERS: readonly Layer[] = ['bronze', 'silver', 'gold'];

const settings: LayerSettings = {
  fetchWaitMs: 1,
  maxBatchBytes: 65_536,
  sessionTimeoutMs: 10_000,
  tickMs: 5,
  // The clock of a test stands still: what is due by it is due at once, or never.
  checkpointEveryMs: 0,
  discoverEveryMs: 0,
  idleTimeoutMs: milliseconds(30_000),
  until: 'caught up',
};

/** A table by its declaration, which gives its rows a type, or by its name. */
type TableOf<R> = { readonly name: string; readonly $row: R } | string;

/** A record to feed: an object becomes JSON, text and bytes go in as they are, null is a tombstone. */
export type Given = object | string | Buffer | null;

/** How records are fed. */
export type GivenOptions = {
  /** The partition; by default that of the key, or the first when there is none. */
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

/** How the world of a test is made. */
export type TestPipelineOptions = {
  /** What the clock shows at first; 2025-12-24T12:00:00Z by default. */
  readonly now?: Instant;
  /** Partitions of the input topics; 2 by default. */
  readonly partitions?: number;
  /** The log's topics and groups, for who feeds or reads more of them than inputs and tables. */
  readonly cluster?: MemoryCluster;
  /** How rows become bytes; as JSON by default. */
  readonly codecs?: RowCodecs;
  /** Where files are found; those of `givenFile` by default. */
  readonly files?: FileSource;
  /** Where log lines go; nowhere by default. */
  readonly logger?: Log;
  /** Where the way of followed records is reported; none is followed by default. */
  readonly tracer?: Tracer;
};

/**
 * A pipeline on ports in memory, run by the code that the services run.
 *
 * @example
 * const test = testPipeline(plan)
 * await test.given('source.orders', [{ order_id: 1, amount: 5 }])
 * assert.deepEqual(await test.rows(silverOrders), [{ order_id: 1, amount: 5 }])
 */
export class TestPipeline {
  readonly clock: ManualClock;
  #plan: PipelinePlan;
  readonly #cluster: MemoryCluster;
  readonly #codecs: RowCodecs;
  readonly #database = new MemoryDatabase();
  readonly #redrives = new MemoryRedrives(this.#database);
  readonly #files = new MemoryFiles({ batchRows: 1_000 });
  readonly #source: FileSource;
  readonly #partitions: number;
  readonly #stopped: StoppedFlows;
  readonly #tracer: Tracer | undefined;
  /** Whether something was fed since the pipeline last ran. */
  #due = true;

  constructor(plan: PipelinePlan, options: TestPipelineOptions = {}) {
    this.#plan = plan;
    this.clock = new ManualClock(options.now ?? (parseInstant('2025-12-24T12:00:00.000Z') as Instant));
    this.#cluster = options.cluster ?? new MemoryCluster({ now: () => this.clock.now() });
    this.#codecs = options.codecs ?? createMemoryCodecs(new MemoryRegistry());
    this.#source = options.files ?? this.#files;
    this.#stopped = new StoppedFlows(options.logger);
    this.#tracer = options.tracer;
    this.#partitions = options.partitions ?? 2;
    for (const { source } of plan.tables.flatMap(flowsOf))
      if (source.kind === 'topic') this.#cluster.createTopic(source.topic, this.#partitions);
  }

  /** Appends records to an input topic, in this order. */
  async given(topic: string, records: readonly Given[], options: GivenOptions = {}): Promise<this> {
    const key = this.#keyOf(topic);
    const appender = await createMemoryLog(this.#cluster).appender();
    for (const record of records) {
      const value = bytesOf(record);
      const keyBytes = keyBytesOf(record, key);
      const partition = options.partition ?? placeOf(keyBytes, this.#partitions);
      await appender.append([
        { topic, partition, records: [{ key: keyBytes, value, headers: options.headers ?? {} }] },
      ]);
    }
    await appender.close();
    this.#due = true;
    return this;
  }

  /**
   * Puts a file, whole, where a `files()` or `snapshot()` source looks: its rows as a reader of its format would give them
   * (of CSV: texts); a text instead of a row is a line that cannot be read. A path that is given again is another version
   * of the file.
   */
  async givenFile(path: string, rows: readonly (Readonly<Record<string, unknown>> | string)[]): Promise<this> {
    this.#files.put(path, rows, this.clock.now());
    this.#due = true;
    return this;
  }

  /**
   * Runs every flow until it has processed all that is there: bronze, then silver, then gold. Where a flow stops at a record
   * (`expectOrFail`, a threshold), the others go on to their ends first; then it rejects with that flow's error, and `rows`
   * and `quarantine` show how far all came.
   */
  async run(): Promise<this> {
    this.#stopped.clear();
    const failures: unknown[] = [];
    for (const layer of LAYERS)
      await this.#runLayer(layer).catch((error: unknown) => {
        if (!isMedallionError(error)) throw error;
        failures.push(error);
      });
    this.#due = false;
    if (failures.length > 0) throw failures[0];
    return this;
  }

  async #runLayer(layer: Layer): Promise<void> {
    await runLayer(layer, {
      plan: this.#plan,
      log: createMemoryLog(this.#cluster),
      codecs: this.#codecs,
      store: new MemoryTableStore({ database: this.#database }),
      files: this.#source,
      owner: 'test',
      clock: this.clock,
      logger: this.#stopped.log,
      metrics: noMetrics,
      ...(this.#tracer === undefined ? {} : { tracer: this.#tracer }),
      progress: () => noProgress,
      report: () => {},
      sleep: async () => {
        this.#stopped.giveUp();
        await turn(undefined);
      },
      settings,
    }).done;
  }

  /** The rows of a table as its users see them; runs the pipeline first where something was fed. */
  async rows<R = AnyRow>(table: TableOf<R>): Promise<readonly R[]> {
    if (this.#due) await this.run();
    const plan = this.#table(table);
    if (plan.kind === 'view') throw new RangeError(`${plan.name} is a view: it is not stored, look at what reads it`);
    const rows = plan.kind === 'streaming_table' ? await this.#logged(plan) : this.#database.rows(plan.name);
    return rows as readonly R[];
  }

  /** The records that are not in a table, with why. */
  async quarantine(table: TableOf<unknown>): Promise<readonly QuarantinedRow[]> {
    if (this.#due) await this.run();
    const { name } = this.#table(table);
    return this.#database.quarantined.filter((row) => row.table === name);
  }

  /** The rows that came after a window of a materialized view was closed for them, by how much. */
  async late(view: TableOf<unknown>): Promise<readonly LateRow[]> {
    if (this.#due) await this.run();
    const { name } = this.#table(view);
    return this.#database.late.filter((row) => row.view === name);
  }

  /** The rows of the copy in Postgres of a streaming table that is `queryable`. */
  async copy<R = AnyRow>(table: TableOf<R>): Promise<readonly R[]> {
    if (this.#due) await this.run();
    return this.#database.copied(this.#table(table).name) as readonly R[];
  }

  /** How often each rule of a table was judged and broken, as `data_quality_metrics` tells it. */
  async quality(table: TableOf<unknown>): Promise<readonly RuleCounts[]> {
    if (this.#due) await this.run();
    return qualityOf(this.#table(table).name, this.#database.counts);
  }

  /** Sends the record at which a flow has stopped to quarantine; the flow goes on with the next run. */
  async skip(flow: string, reason = ''): Promise<this> {
    return this.#decide('skip', flow, reason);
  }

  /** Lets a flow that has stopped try again with the next run, after what stopped it was mended. */
  async resume(flow: string, reason = ''): Promise<this> {
    return this.#decide('resume', flow, reason);
  }

  async #decide(decision: 'skip' | 'resume', flow: string, reason: string): Promise<this> {
    const at = this.#stopped.placeOf(flow);
    await decide(createMemoryLog(this.#cluster), this.#plan, this.clock.now(), {
      ...{ flow, at, decision, by: 'test', reason },
    });
    this.#due = true;
    return this;
  }

  /** Goes on with another version of the declarations: what comes from now on is judged by its rules. */
  async redeclare(plan: PipelinePlan): Promise<this> {
    if (this.#due) await this.run();
    this.#plan = plan;
    this.#due = true;
    return this;
  }

  /** Has records of the quarantine processed again by the flow that refused them; without a condition, all that can be. */
  async redrive(where: (row: QuarantinedRow) => boolean = () => true): Promise<Redriven> {
    if (this.#due) await this.run();
    const log = createMemoryLog(this.#cluster);
    const done = await redrive(log, this.#plan, this.#redrives.store(this.#plan.name, where), { by: 'test' });
    this.#due = true;
    return done;
  }

  async #logged(plan: Extract<TablePlan, { kind: 'streaming_table' }>): Promise<readonly AnyRow[]> {
    const decoder = await this.#codecs.decoder(plan.topic, plan.schema);
    const log = createMemoryLog(this.#cluster);
    const rows: AnyRow[] = [];
    for (const { partition } of (await log.partitions(plan.topic)) ?? [])
      for await (const records of log.read({ topic: plan.topic, partition }, 0)) {
        await decoder.prepare(records.map(({ value }) => value));
        for (const { value, headers } of records) {
          if (headers[TERM_HEADER.fence] !== undefined) continue;
          const decoded = decoder.decode(value);
          invariant('row' in decoded, `${plan.topic} holds what is no row`);
          rows.push(decoded.row);
        }
      }
    return rows;
  }

  #table(table: TableOf<unknown>): TablePlan {
    const name = typeof table === 'string' ? table : table.name;
    const plan = this.#plan.tables.find((table) => table.name === name);
    const names = this.#plan.tables.map((table) => table.name).join(', ');
    if (plan === undefined) throw new RangeError(`${this.#plan.name} has no table "${name}", only ${names}`);
    return plan;
  }

  #keyOf(topic: string): string {
    const sources = this.#plan.tables.flatMap(flowsOf).map(({ source }) => source);
    const source = sources.find((each) => each.kind === 'topic' && each.topic === topic);
    const topics = sources.flatMap((each) => (each.kind === 'topic' ? [each.topic] : [])).join(', ');
    if (source?.kind !== 'topic') throw new RangeError(`${this.#plan.name} reads no topic "${topic}", only ${topics}`);
    return source.key;
  }
}

/** A pipeline to be fed and looked at in a test. */
export const testPipeline = (plan: PipelinePlan, options?: TestPipelineOptions): TestPipeline =>
  new TestPipeline(plan, options);

function bytesOf(record: Given): Buffer | null {
  if (record === null || Buffer.isBuffer(record)) return record;
  return Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));
}

function keyBytesOf(record: Given, key: string): Buffer | null {
  if (record === null || typeof record !== 'object' || Buffer.isBuffer(record)) return null;
  const value = (record as Readonly<Record<string, unknown>>)[key];
  return value === null || value === undefined ? null : Buffer.from(String(value));
}

/** Any rule will do that gives one key one partition. */
function placeOf(key: Buffer | null, partitions: number): number {
  let sum = 0;
  for (const byte of key ?? []) sum = (sum * 31 + byte) % 1_000_003;
  return sum % partitions;
}
