import pg from 'pg';

/** The leases as a reader saw them at a moment: next offset by topic and partition. */
export type LeaseSample = {
  readonly seenAtMs: number;
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
};

/** Records of the input that have left no trace in gold yet, in either table. */
const OPEN = `
SELECT greatest(
  $1::bigint - coalesce(sum(records) FILTER (WHERE table_name LIKE 'bronze%'), 0),
  coalesce(sum(records) FILTER (WHERE table_name LIKE 'bronze%' AND outcome = 'accepted'), 0)
    - coalesce(sum(records) FILTER (WHERE table_name LIKE 'silver%'), 0)
) AS open FROM medallion.table_counts`;

/** Watches the leases from outside: a row is in gold when a reader sees a lease beyond its offset. */
export class GoldWatch {
  readonly #client: pg.Client;
  readonly samples: LeaseSample[] = [];

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async connect(databaseUrl: string): Promise<GoldWatch> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return new GoldWatch(client);
  }

  /** The next offset of each partition of the topics. */
  async leases(): Promise<readonly LeaseSample[]> {
    try {
      const { rows } = await this.#client.query<{ topic: string; partition: number; next_offset: string }>({
        name: 'leases',
        text: 'SELECT topic, partition, next_offset FROM medallion.lease',
      });
      const seenAtMs = Date.now();
      return rows.map(({ topic, partition, next_offset }) => ({
        seenAtMs,
        topic,
        partition,
        next: Number(next_offset),
      }));
    } catch (error) {
      if ((error as { code?: string }).code === '42P01' || (error as { code?: string }).code === '3F000') return [];
      throw error;
    }
  }

  /** Samples the leases of one topic every `everyMs` until the signal aborts. */
  async sample(topic: string, everyMs: number, until: AbortSignal): Promise<void> {
    const last = new Map<number, number>();
    while (!until.aborted) {
      for (const sample of await this.leases()) {
        if (sample.topic !== topic || last.get(sample.partition) === sample.next) continue;
        last.set(sample.partition, sample.next);
        this.samples.push(sample);
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /** Resolves when all `records` of the input are accounted for in gold, every bronze row in silver's counts too. */
  async accounted(records: number, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const { rows } = await this.#client
        .query<{ open: string }>(OPEN, [records])
        .catch(() => ({ rows: [{ open: '1' }] }));
      if (Number(rows[0]!.open) === 0) return;
      if (Date.now() > deadline) throw new Error(`${rows[0]!.open} records not in gold after ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async value(sql: string): Promise<number> {
    const { rows } = await this.#client.query<{ value: string }>(sql);
    return Number(rows[0]?.value);
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
