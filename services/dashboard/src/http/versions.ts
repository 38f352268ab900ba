import { createHash } from 'node:crypto';
import { type Clock, type Instant, isoString } from '@medallion/core';
import type { Query } from '@medallion/postgres';

/** The state of a pipeline's tables; another commit, another version. */
export type Version = {
  readonly version: string;
  readonly committedAt: string | null;
  readonly watermark: string | null;
  /** The poll that saw this version first: what was read after its end is as new, or newer. */
  readonly since: number;
};

/** Somebody who wants to know of commits as they happen. */
export type Watcher = {
  /** Some pipelines have another version than at the poll before; the first poll names all. */
  changed(pipelines: readonly string[]): void;
  /** Postgres went away, or (null) is back; said once. */
  trouble(error: unknown): void;
};

/** How new the tables of every pipeline are: one cheap query, for all who ask and all who watch. */
export type Versions = {
  /** The version of a pipeline, at most `maxAgeMs` old. Throws MED_STORE_UNAVAILABLE. */
  current(pipeline: string): Promise<Version>;
  /** The version that a snapshot shows. */
  within(query: Query, pipeline: string): Promise<Omit<Version, 'since'>>;
  /** The number of the last poll that ended. */
  readonly polls: number;
  /** Asks Postgres all the time, until the function that it returns is called. */
  watch(watcher: Watcher): () => void;
  close(): void;
};

/**
 * Whatever a commit moves: offsets and watermarks of its leases, what is final. Declarations too, as they change tables,
 * and events, as rebuilt and erased tables have one. The sums of hashes do not depend on an order.
 */
const VERSIONS = `
WITH leases AS (
  SELECT pipeline, max(updated_at) AS committed_at,
         sum(hashtextextended(concat_ws('/', topic, partition, epoch, next_offset, watermark, idle), 0)) AS hash
  FROM medallion.lease GROUP BY pipeline
), finals AS (
  SELECT pipeline, min(final_through) FILTER (WHERE final_through > '-infinity') AS watermark,
         sum(hashtextextended(concat_ws('/', source, final_through), 0)) AS hash
  FROM medallion.watermarks GROUP BY pipeline
), declared AS (
  SELECT pipeline, sum(hashtextextended(concat_ws('/', table_name, hash, definition_hash), 0)) AS hash
  FROM medallion.catalog GROUP BY pipeline
)
SELECT pipeline, concat_ws('/', l.hash, f.hash, d.hash, (SELECT max(id) FROM medallion.event_log)) AS hash,
       l.committed_at, f.watermark
FROM declared d LEFT JOIN leases l USING (pipeline) LEFT JOIN finals f USING (pipeline)`;

type Row = {
  readonly pipeline: string;
  readonly hash: string;
  readonly committed_at: Instant | null;
  readonly watermark: Instant | null;
};

/** Of a pipeline that this database knows nothing of. */
const NONE = { version: 'none', committedAt: null, watermark: null } as const;

const versionOf = ({ hash, committed_at, watermark }: Row): Omit<Version, 'since'> => ({
  version: createHash('sha256').update(hash).digest('base64url').slice(0, 16),
  committedAt: committed_at === null ? null : isoString(committed_at),
  watermark: watermark === null ? null : isoString(watermark),
});

/** Opens the watch over versions. Nothing is asked before somebody wants to know. */
export function createVersions(options: {
  readonly query: Query;
  readonly clock: Clock;
  /** An answer of Postgres counts for so long; also the time between two polls while somebody watches. */
  readonly maxAgeMs: number;
  /** The time between two polls while Postgres does not answer. */
  readonly retryMs: number;
}): Versions {
  return new PolledVersions(options);
}

type Options = Parameters<typeof createVersions>[0];

class PolledVersions implements Versions {
  polls = 0;
  readonly #options: Options;
  readonly #watchers = new Set<Watcher>();
  readonly #known = new Map<string, Version>();
  #polledAt: Instant | null = null;
  #polling: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #trouble: unknown = null;

  constructor(options: Options) {
    this.#options = options;
  }

  async current(pipeline: string): Promise<Version> {
    const { clock, maxAgeMs } = this.#options;
    if (this.#polledAt === null || clock.now() - this.#polledAt >= maxAgeMs) await this.#poll();
    return this.#known.get(pipeline) ?? { ...NONE, since: 0 };
  }

  async within(query: Query, pipeline: string): Promise<Omit<Version, 'since'>> {
    const [row] = await query<Row>(`SELECT * FROM (${VERSIONS}) v WHERE pipeline = $1`, [pipeline]);
    return row === undefined ? NONE : versionOf(row);
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    if (this.#trouble !== null) watcher.trouble(this.#trouble);
    if (this.#watchers.size === 1) this.#schedule(0);
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) clearTimeout(this.#timer);
    };
  }

  close(): void {
    this.#watchers.clear();
    clearTimeout(this.#timer);
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const { maxAgeMs, retryMs } = this.#options;
      const answered = await this.#poll().then(
        () => true,
        () => false,
      );
      if (this.#watchers.size > 0) this.#schedule(answered ? maxAgeMs : retryMs);
    }, afterMs);
  }

  /** One query at a time: who asks meanwhile waits for the same answer. */
  #poll(): Promise<void> {
    this.#polling ??= this.#ask().finally(() => {
      this.#polling = null;
    });
    return this.#polling;
  }

  async #ask(): Promise<void> {
    const { query, clock } = this.#options;
    const rows = await query<Row>(VERSIONS).catch((error: unknown) => {
      this.#polledAt = null;
      this.#say(error);
      throw error;
    });
    this.polls += 1;
    this.#polledAt = clock.now();
    const changed: string[] = [];
    for (const row of rows) {
      const version = versionOf(row);
      if (this.#known.get(row.pipeline)?.version === version.version) continue;
      this.#known.set(row.pipeline, { ...version, since: this.polls });
      changed.push(row.pipeline);
    }
    for (const pipeline of this.#known.keys())
      if (!rows.some((row) => row.pipeline === pipeline)) this.#known.delete(pipeline);
    this.#say(null);
    if (changed.length > 0) for (const watcher of this.#watchers) watcher.changed(changed);
  }

  #say(error: unknown): void {
    const isNew = (error === null) !== (this.#trouble === null);
    this.#trouble = error;
    if (isNew) for (const watcher of this.#watchers) watcher.trouble(error);
  }
}
