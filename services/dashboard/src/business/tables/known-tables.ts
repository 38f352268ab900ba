import type { Clock } from '@medallion/core';
import type { Reader } from '../../parts.ts';
import { notFound } from '../problems.ts';
import { type ReadPipeline, readCatalogue } from './catalogue.ts';
import type { ReadTable } from './read-table.ts';

/** The catalogue changes when a service starts with another declaration. */
const FRESH_MS = 5_000;

/** The pipelines and tables that there are; read again every few seconds, once for all who ask. */
export class KnownTables {
  readonly #reader: Reader;
  readonly #clock: Clock;
  #at = Number.NEGATIVE_INFINITY;
  #known: Promise<ReadonlyMap<string, ReadPipeline>> | null = null;

  constructor(reader: Reader, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
  }

  /** All pipelines by name. */
  all(): Promise<ReadonlyMap<string, ReadPipeline>> {
    const now = this.#clock.now();
    if (this.#known === null || Math.abs(now - this.#at) > FRESH_MS) {
      const reading = this.#reader.snapshot(readCatalogue);
      reading.catch(() => {
        if (this.#known === reading) this.#known = null;
      });
      this.#known = reading;
      this.#at = now;
    }
    return this.#known;
  }

  /** @throws MED_NOT_FOUND */
  async pipeline(name: string): Promise<ReadPipeline> {
    const pipeline = (await this.all()).get(name);
    if (pipeline === undefined) throw notFound('pipeline', name, '/api/pipelines');
    return pipeline;
  }

  /** A table whose rows are in Postgres, where this role may read them. @throws MED_NOT_FOUND */
  async stored(pipeline: string, name: string): Promise<ReadTable> {
    const table = (await this.pipeline(pipeline)).tables.get(name);
    if (table === undefined) throw notFound('table', name, '/api/pipelines');
    if (table.relation === null) throw notFound('table in Postgres', name, '/api/pipelines');
    return table;
  }
}
