import { messageOf } from '@medallion/core';
import type { Registry, WriterSchema } from './registry.ts';

/** Where the writer's bytes begin: behind a zero and the id of the schema. */
export const HEAD_BYTES = 5;
/** A registry that lags behind may know the id soon. */
const UNKNOWN_FOR_MS = 60_000;
/** Garbage that looks like an id must not fill the memory. */
const MAX_UNKNOWN = 1_000;
const NO_ID = -1;

/** The id that a value names, or NO_ID. */
const idOf = (value: Buffer): number => (value.length >= HEAD_BYTES && value[0] === 0 ? value.readInt32BE(1) : NO_ID);

type Known<W> = { readonly writer: W } | { readonly unreadable: string };

/** What is known of the writers' schemas that values name, each learnt once. `now` is in milliseconds. */
export class Writers<W> {
  readonly #registry: Registry;
  readonly #compile: (schema: WriterSchema) => W;
  readonly #now: () => number;
  readonly #known = new Map<number, Known<W>>();
  readonly #unknown = new Map<number, number>();
  // Nearly always the same as before: spares a lookup per record.
  #lastId = NO_ID;
  #last: Known<W> | undefined;

  /** `compile` throws for what cannot be read. */
  constructor(registry: Registry, compile: (schema: WriterSchema) => W, now: () => number = Date.now) {
    this.#registry = registry;
    this.#compile = compile;
    this.#now = now;
  }

  /** Learns the schemas that the values name. @throws MED_REGISTRY_UNAVAILABLE */
  async prepare(values: Iterable<Buffer | null>): Promise<void> {
    let wanted: Set<number> | undefined;
    for (const value of values) {
      if (value === null) continue;
      const id = idOf(value);
      if (id < 0 || id === this.#lastId || this.#known.has(id)) continue;
      if ((this.#unknown.get(id) ?? 0) > this.#now()) continue;
      wanted ??= new Set();
      wanted.add(id);
    }
    if (wanted) for (const id of wanted) await this.#learn(id);
  }

  /** The writer of a value, or why it has none. */
  of(value: Buffer | null): Known<W> {
    if (value === null) return { unreadable: 'no value' };
    if (value.length < HEAD_BYTES || value[0] !== 0) return { unreadable: 'no schema id' };
    const id = value.readInt32BE(1);
    if (id !== this.#lastId) {
      this.#last = this.#known.get(id);
      this.#lastId = this.#last ? id : NO_ID;
    }
    return this.#last ?? { unreadable: `unknown schema id ${id}` };
  }

  async #learn(id: number): Promise<void> {
    const schema = await this.#registry.schema(id);
    if (schema === null) {
      this.#unknown.delete(id);
      if (this.#unknown.size >= MAX_UNKNOWN) this.#unknown.delete(this.#unknown.keys().next().value!);
      this.#unknown.set(id, this.#now() + UNKNOWN_FOR_MS);
      return;
    }
    this.#unknown.delete(id);
    try {
      this.#known.set(id, { writer: this.#compile(schema) });
    } catch (error) {
      this.#known.set(id, { unreadable: notReadable(id, messageOf(error)) });
    }
  }
}

/** Why bytes are no value of their schema. */
export const notReadable = (id: number, reason: string): string => `not readable with schema id ${id}: ${reason}`;
