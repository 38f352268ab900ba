import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadPipeline } from '@medallion/host';
import { INPUTS, type Step } from '@medallion/orders-generator';
import type { PipelinePlan, StreamingTablePlan } from '@medallion/pipeline';
import { AvroRows } from './avro-rows.ts';
import type { PipelineStack } from './pipeline-stack.ts';
import { Scratch } from './scratch.ts';
import { TopicReader, topicEnds } from './topic-reader.ts';
import { type JsonRow, topicRows } from './topic-rows.ts';

const ORACLE = new URL('../oracle/', import.meta.url);
const POLL_MS = 1_000;
/** Between the steps of what is fed: what comes later finds what came before in flows that are at work. */
const PAUSE_MS = 1_500;
/** What has not changed for so long will not. */
const UNCHANGED_MS = 180_000;

/**
 * One pipeline under test: fed step by step while the services that run it are killed, its tables compared with plain SQL.
 * Others may be under test at the same time, on the same stack.
 */
export class PipelineProof {
  readonly plan: PipelinePlan;
  readonly stack: PipelineStack;
  readonly scratch: Scratch;
  readonly #avro: AvroRows;
  /** What was read once is not read again: logs only grow. */
  readonly #reader: TopicReader;

  private constructor(plan: PipelinePlan, stack: PipelineStack, scratch: Scratch) {
    this.plan = plan;
    this.stack = stack;
    this.scratch = scratch;
    this.#avro = new AvroRows(stack.stack.schemaRegistryUrl);
    this.#reader = new TopicReader(stack.log);
  }

  static async open(name: string, stack: PipelineStack): Promise<PipelineProof> {
    return new PipelineProof(await loadPipeline(name), stack, await Scratch.open(stack.stack.databaseUrl));
  }

  close = (): Promise<void> => this.scratch.close();

  tell(line: string): void {
    this.stack.tell(`${this.plan.name}: ${line}`);
  }

  /** Feeds steps, and kills a service now and then when it has one in hand. */
  async feedWithKills(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.stack.feed(step);
      await delay(PAUSE_MS);
      await this.stack.killOne();
    }
  }

  /** The end of each partition of a topic. */
  ends = (topic: string): Promise<readonly number[]> => topicEnds(this.stack.log, topic);

  /**
   * Fills `oracle` with all that was sent: records as they are in their topics, lines of JSON files, rows of CSV files as
   * texts. What only a library can read is given.
   */
  async makeOracle(more: (scratch: Scratch) => Promise<void> = async () => {}): Promise<void> {
    const { topics, folders } = INPUTS[this.plan.name]!;
    const fill = async (): Promise<void> => {
      const read = await this.#reader.all(topics);
      for (const [topic, records] of read)
        await this.scratch.add(
          'records',
          records.map(({ partition, offset, key, value }) => ({
            ...{ topic, partition, offset },
            ...{ key: key?.toString() ?? null, value: value?.toString() ?? null },
          })),
        );
      for (const folder of folders) await this.#addFiles(folder);
      await more(this.scratch);
    };
    await this.scratch.makeOracle(new URL(`${this.plan.name}.sql`, ORACLE), fill, new URL('orders-common.sql', ORACLE));
  }

  async #addFiles(folder: string): Promise<void> {
    for (const name of readdirSync(join(this.stack.landing, folder)).sort()) {
      const path = join(this.stack.landing, folder, name);
      const file = `${folder}/${name}`;
      if (name.endsWith('.json')) {
        const lines = readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');
        await this.scratch.add(
          'lines',
          lines.map((value, line) => ({ folder, file, line, value })),
        );
      } else if (name.endsWith('.csv')) {
        const [head = ''] = readFileSync(path, 'utf8').split('\n');
        const columns = head.split(',').map((column) => `${column} text`);
        await this.scratch.query(`CREATE TEMP TABLE csv_rows (n serial, ${columns.join(', ')})`);
        await this.scratch.query(`COPY csv_rows (${head}) FROM '${path}' (FORMAT csv, HEADER true)`);
        await this.scratch.query(
          `INSERT INTO oracle.snapshot_rows SELECT '${folder}', '${file}', to_jsonb(c) FROM csv_rows c ORDER BY n`,
        );
        await this.scratch.query('DROP TABLE csv_rows');
      }
    }
  }

  async #rowsOf(table: StreamingTablePlan): Promise<readonly JsonRow[]> {
    const isThere = (await this.stack.log.partitions(table.topic)) !== null;
    return isThere ? topicRows(this.#reader, this.#avro, table) : [];
  }

  /** Makes `actual` anew from what the engine has made so far. */
  async readActual(): Promise<void> {
    const streams = this.plan.tables.filter((table) => table.kind === 'streaming_table');
    const rows = await Promise.all(streams.map((table) => this.#rowsOf(table)));
    await this.scratch.makeActual(this.plan, new Map(streams.map(({ name }, i) => [name, rows[i]!])));
  }

  /** Reads and compares; an error is a difference. */
  look = (compare: () => Promise<readonly string[]>): Promise<readonly string[]> =>
    this.stack.turns
      .run(() => this.readActual().then(compare))
      .catch((error: unknown) => [error instanceof Error ? (error.stack ?? error.message) : String(error)]);

  /**
   * Reads and compares until nothing differs, twice in a row; the last differences when that takes too long. One proof at
   * a time does: `oracle` and `actual` are there once.
   */
  async settle(compare: () => Promise<readonly string[]>, timeoutMs = 600_000): Promise<readonly string[]> {
    const deadline = performance.now() + timeoutMs;
    let equal = 0;
    let last = '';
    let unchangedSince = performance.now();
    for (;;) {
      this.stack.giveUp();
      const lines = await this.look(compare);
      equal = lines.length === 0 ? equal + 1 : 0;
      if (equal === 2) return [];
      const now = performance.now();
      if (last !== lines.join('\n')) {
        last = lines.join('\n');
        unchangedSince = now;
        this.tell(`${lines.filter((line) => /differences|error/i.test(line)).join('; ') || 'no difference'}`);
      }
      if (lines.length > 0 && (now > deadline || now - unchangedSince > UNCHANGED_MS)) return lines;
      await delay(POLL_MS);
    }
  }
}
