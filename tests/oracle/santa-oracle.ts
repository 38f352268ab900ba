import { type ClosedFor, GoldTables, type LateRow } from './gold.ts';
import { type RawDelivery, type RawRecord, readDelivery } from './raw-delivery.ts';
import { RULES, SilverPartition } from './silver.ts';
import { type GoldRow, VIEWS, type ViewName } from './views.ts';

export const BRONZE = 'bronze_santa_deliveries';
export const SILVER = 'silver_santa_deliveries';

/** A record that is not in its table. `partition` and `offset` are those of the raw topic, also for silver. */
export type QuarantinedRow = {
  readonly table: string;
  readonly outcome: 'unparseable' | 'violation' | 'future' | 'duplicate';
  readonly rules: readonly string[];
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  /** The raw bytes. */
  readonly value: Buffer | null;
};

/** Records of a table by partition of the raw topic and by what became of them. */
export type Count = {
  readonly table: string;
  readonly partition: number;
  readonly outcome: string;
  readonly records: number;
};

/** How often a rule of silver was asked and broken, by partition. */
export type RuleCount = {
  readonly partition: number;
  readonly rule: string;
  readonly judged: number;
  readonly failed: number;
};

/** All that must be in Kafka and Postgres once everything is processed. */
export type Expected = {
  readonly gold: ReadonlyMap<ViewName, readonly GoldRow[]>;
  readonly quarantine: readonly QuarantinedRow[];
  /** Their places are those of the raw records. */
  readonly late: readonly LateRow[];
  readonly counts: readonly Count[];
  readonly rules: readonly RuleCount[];
  /** Places (`partition:offset`) of the raw records that are in bronze, and in silver. */
  readonly bronze: ReadonlySet<string>;
  readonly silver: ReadonlySet<string>;
  /** Of those in silver, the ones that no table in Postgres can hold. */
  readonly unstorable: ReadonlySet<string>;
  /** By partition; −Infinity before the first row. */
  readonly watermarks: readonly number[];
  /** Windows that end at or before it are final. */
  readonly finalThrough: number;
};

/** What the oracle is told beside the records. */
export type Circumstances = {
  /** Partitions of the raw topic. */
  readonly partitions: number;
  /** When the records arrived, epoch milliseconds: near enough for the future guard. */
  readonly ingestedAt: number;
  /** Where partitions may be idle, which depends on when it was looked: windows that were closed for a row by others. */
  readonly closed?: ClosedFor;
};

/**
 * The batch oracle of the Santa pipeline: reads the raw records, each partition in its order, and says what every table
 * must hold. It is written from the specification alone and shares no code with the engine.
 */
export function santaOracle(
  records: readonly RawRecord[],
  { partitions, ingestedAt, closed }: Circumstances,
): Expected {
  const gold = new GoldTables(closed);
  const quarantine: QuarantinedRow[] = [];
  const bronze = new Set<string>();
  const silver = new Set<string>();
  const unstorable = new Set<string>();
  const counts = new Tally();

  const refuse = (
    record: RawRecord,
    table: string,
    outcome: QuarantinedRow['outcome'],
    broken: readonly string[],
  ): void => {
    quarantine.push({ ...record, table, outcome, rules: broken });
    counts.add(table, record.partition, outcome);
  };
  const judgeSilver = (record: RawRecord, delivery: RawDelivery, partition: SilverPartition): void => {
    const verdict = partition.judge(delivery);
    const broken = verdict.outcome === 'violation' ? verdict.rules : [];
    if (verdict.outcome !== 'accepted') refuse(record, SILVER, verdict.outcome, broken);
    else {
      silver.add(placeOf(record));
      const isStored = gold.add({ partition: record.partition, offset: record.offset }, verdict.row);
      counts.add(SILVER, record.partition, isStored ? 'accepted' : 'unstorable');
      if (!isStored) unstorable.add(placeOf(record));
    }
  };

  for (const inOrder of byPartition(records, partitions)) {
    const partition = new SilverPartition(ingestedAt);
    for (const record of inOrder) {
      const delivery = readDelivery(record.value);
      if (delivery === null) refuse(record, BRONZE, 'unparseable', []);
      else {
        bronze.add(placeOf(record));
        counts.add(BRONZE, record.partition, 'accepted');
        judgeSilver(record, delivery, partition);
      }
    }
  }

  const finalThrough = gold.finalThrough(partitions);
  for (const { name } of VIEWS)
    for (const { partition, outcome, records: n } of gold.counts(name)) counts.add(name, partition, outcome, n);
  return {
    gold: new Map(VIEWS.map(({ name }) => [name, gold.rows(name, finalThrough)])),
    quarantine,
    late: gold.late,
    counts: counts.all(),
    rules: ruleCounts(counts.all(), quarantine),
    bronze,
    silver,
    unstorable,
    watermarks: Array.from({ length: partitions }, (_, partition) => gold.watermark(partition)),
    finalThrough,
  };
}

/** Every row of bronze was judged by every rule of silver (E1). */
function ruleCounts(counts: readonly Count[], quarantine: readonly QuarantinedRow[]): readonly RuleCount[] {
  const given = counts.filter(({ table, outcome }) => table === BRONZE && outcome === 'accepted');
  return given.flatMap(({ partition, records: judged }) => {
    const refused = quarantine.filter((row) => row.table === SILVER && row.partition === partition);
    return RULES.map((rule) => ({
      ...{ partition, rule, judged },
      failed: refused.filter(({ rules }) => rules.includes(rule)).length,
    }));
  });
}

/** A name for the place of a record. */
export const placeOf = ({ partition, offset }: { readonly partition: number; readonly offset: number }): string =>
  `${partition}:${offset}`;

function byPartition(records: readonly RawRecord[], partitions: number): RawRecord[][] {
  const lists: RawRecord[][] = Array.from({ length: partitions }, () => []);
  for (const record of records) lists[record.partition]!.push(record);
  for (const list of lists) list.sort((a, b) => a.offset - b.offset);
  return lists;
}

class Tally {
  readonly #counts = new Map<string, { table: string; partition: number; outcome: string; records: number }>();

  add(table: string, partition: number, outcome: string, n = 1): void {
    const key = `${table} ${partition} ${outcome}`;
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { table, partition, outcome, records: n });
    else count.records += n;
  }

  all(): readonly Count[] {
    return [...this.#counts.values()];
  }
}
