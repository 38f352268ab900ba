import { GoldTables } from '../oracle/gold.ts';
import { SILVER } from '../oracle/santa-oracle.ts';
import type { SilverRow } from '../oracle/silver.ts';
import { type GoldRow, VIEWS } from '../oracle/views.ts';
import type { AvroRow, AvroRows } from './avro-rows.ts';
import { diffTables } from './diff.ts';
import type { GoldDatabase, Snapshot, StoredLease } from './gold-snapshot.ts';
import type { TopicReader } from './topic-reader.ts';
import { SILVER_TOPIC } from './topology.ts';

/** What the checks have seen. */
export type LiveTotals = {
  /** Snapshots that were further than the one before. */
  readonly checks: number;
  readonly finalRows: number;
  readonly problems: readonly string[];
};

/**
 * Proof of I2 and I3 while the pipeline works: each snapshot of gold is compared with a batch recomputation of the silver
 * topic up to the leases' offsets, which this reads for itself; watermarks, leases and final rows never go back.
 *
 * As leases only move on, the recomputation goes on where the last one ended, instead of from the topic's beginning.
 */
export class LiveProof {
  readonly #database: GoldDatabase;
  readonly #reader: TopicReader;
  readonly #avro: AvroRows;
  readonly #gold = new GoldTables();
  readonly #next = new Map<number, number>();
  readonly #coordinates = new Map<number, number>();
  readonly #accepted = new Map<number, number>();
  readonly #final = new Map<string, string>();
  readonly #problems: string[] = [];
  #before: Snapshot | null = null;
  #checks = 0;

  constructor(database: GoldDatabase, reader: TopicReader, avro: AvroRows) {
    this.#database = database;
    this.#reader = reader;
    this.#avro = avro;
  }

  get totals(): LiveTotals {
    return { checks: this.#checks, finalRows: this.#final.size, problems: this.#problems };
  }

  /** Takes a snapshot and checks it. Rejects when there is none to be had, as while Postgres is away. */
  async check(): Promise<void> {
    const snapshot = await this.#database.snapshot();
    const leases = snapshot.leases.filter((lease) => lease.topic === SILVER_TOPIC);
    const moved = leases.some((lease) => lease.next_offset > (this.#next.get(lease.partition) ?? 0));
    this.#neverBack(snapshot);
    for (const lease of leases) await this.#recomputeTo(lease);
    this.#compare(snapshot, leases);
    this.#finalStays(snapshot);
    this.#before = snapshot;
    if (moved) this.#checks++;
  }

  async #recomputeTo({ partition, next_offset: end }: StoredLease): Promise<void> {
    const records = await this.#reader.upTo(SILVER_TOPIC, partition, end);
    for (let offset = this.#next.get(partition) ?? 0; offset < end; offset++) {
      const { src, value } = records[offset]!;
      // P3: what has no greater coordinate is a repetition.
      const coordinate = Number(src?.split(':')[2]);
      if (!(coordinate > (this.#coordinates.get(partition) ?? -1))) continue;
      this.#coordinates.set(partition, coordinate);
      this.#accepted.set(partition, (this.#accepted.get(partition) ?? 0) + 1);
      this.#gold.add({ partition, offset }, silverRow(await this.#avro.decode(value as Buffer)));
    }
    this.#next.set(partition, end);
  }

  /** I2. */
  #compare(snapshot: Snapshot, leases: readonly StoredLease[]): void {
    for (const { name, groupBy } of VIEWS) {
      const expected = this.#gold.rows(name, snapshot.finalThrough);
      this.#report(
        'I2',
        diffTables(name, expected, snapshot.gold.get(name)!, ['window_start', ...groupBy], ['updated_at']),
      );
    }
    const counts = [...snapshot.counts].flatMap(([key, records]) =>
      key.startsWith('gold_') || key.startsWith(`${SILVER} `) ? [{ key, records }] : [],
    );
    const accepted = [...this.#accepted].map(([partition, records]) => ({
      key: `${SILVER} ${partition} accepted`,
      records,
    }));
    const ofViews = VIEWS.flatMap(({ name }) =>
      this.#gold
        .counts(name)
        .map(({ partition, outcome, records }) => ({ key: `${name} ${partition} ${outcome}`, records })),
    );
    const relevant = counts.filter(({ key }) => key.startsWith('gold_') || key.endsWith(' accepted'));
    this.#report('I2', diffTables('table_counts', [...accepted, ...ofViews], relevant, ['key']));
    const late = Map.groupBy(this.#gold.late, (row) => row.view);
    for (const { name } of VIEWS)
      if ((snapshot.late.get(name) ?? 0) !== (late.get(name)?.length ?? 0))
        this.#report('I2', [`${name}: ${snapshot.late.get(name)} late rows, expected ${late.get(name)?.length}`]);
    for (const { partition, watermark } of leases)
      if (watermark !== this.#gold.watermark(partition))
        this.#report('I2', [`watermark of ${partition}: ${watermark}, expected ${this.#gold.watermark(partition)}`]);
  }

  /** I3, of leases and watermarks; and W5: nothing is final beyond the least watermark. */
  #neverBack(snapshot: Snapshot): void {
    for (const lease of snapshot.leases) {
      const before = this.#before?.leases.find((l) => l.topic === lease.topic && l.partition === lease.partition);
      if (before === undefined) continue;
      if (lease.watermark < before.watermark || lease.next_offset < before.next_offset || lease.epoch < before.epoch)
        this.#report('I3', [`${lease.topic}[${lease.partition}] went back`]);
    }
    if (snapshot.finalThrough < (this.#before?.finalThrough ?? Number.NEGATIVE_INFINITY))
      this.#report('I3', [`final through ${snapshot.finalThrough} after ${this.#before?.finalThrough}`]);
    const silver = snapshot.leases.filter((lease) => lease.topic === SILVER_TOPIC);
    if (snapshot.finalThrough > Math.min(...silver.map(({ watermark }) => watermark)))
      this.#report('W5', [`final through ${snapshot.finalThrough}, beyond the least watermark`]);
  }

  /** I3, of rows: once final, no column changes. */
  #finalStays(snapshot: Snapshot): void {
    for (const { name, groupBy } of VIEWS)
      for (const row of snapshot.gold.get(name)!) {
        const key = `${name} ${row.window_start} ${groupBy.map((column) => JSON.stringify(row[column]))}`;
        const before = this.#final.get(key);
        if (before === undefined && row.is_final === false) continue;
        const now = JSON.stringify(row);
        if (before !== undefined && before !== now) this.#report('I3', [`${key} was final: ${before} became ${now}`]);
        if (row.is_final === true) this.#final.set(key, now);
      }
  }

  #report(invariant: string, lines: readonly string[]): void {
    if (this.#problems.length < 50) this.#problems.push(...lines.map((line) => `${invariant}: ${line}`));
  }
}

/** The columns that gold is made of, as the silver topic holds them. */
function silverRow(row: AvroRow): SilverRow {
  const columns: Readonly<Record<string, GoldRow[string]>> = row;
  return { ...columns, at: row.delivery_timestamp as number } as unknown as SilverRow;
}
