import type { FilesPlan } from '@medallion/pipeline';
import type { EndsWhen } from '../flows/ending.ts';
import type { FileListing, FoundFile, Offset, RecordLog, TopicPartition } from '../ports/index.ts';
import { endIn } from '../protocol/checkpoint.ts';
import { FileLog, partitionOfPath } from './file-log.ts';
import type { FilePartition } from './file-partition.ts';

/** A partition that this instance has open, and the end that was decided for it. */
export type Ending = { readonly partition: FilePartition; end: Offset | null };

/**
 * When a flow that is not to run for ever has read all of its files: those that were in the folder when it started
 * (`caught up`), or when it first began (`once`, which its checkpoints remember). Files that come later are not named in
 * its log, nor read. A partition's end is known once its log names all of them; files that were taken away meanwhile do
 * not count.
 */
export class FileEnds {
  readonly #when: EndsWhen;
  readonly #source: FilesPlan;
  readonly #log: RecordLog;
  readonly #group: string;
  /** The paths in the first listing. */
  #target: ReadonlySet<string> | null = null;

  constructor(when: EndsWhen, source: FilesPlan, log: RecordLog, group: string) {
    this.#when = when;
    this.#source = source;
    this.#log = log;
    this.#group = group;
  }

  /** The end that a checkpoint remembers. */
  remembered(metadata: string | undefined): Offset | null {
    return this.#when === 'once' && metadata !== undefined ? endIn({ offset: 0, metadata }) : null;
  }

  /** Whether checkpoints carry the end. */
  get remembers(): boolean {
    return this.#when === 'once';
  }

  /** The files of a listing that the flow may read. */
  wanted(listing: FileListing): readonly FoundFile[] {
    this.#target ??= new Set([...listing.files.map(({ path }) => path), ...listing.settling]);
    return listing.files.filter(({ path }) => this.#target!.has(path));
  }

  /** Decides the ends that can be decided after a listing. */
  decide(listing: FileListing, open: Iterable<Ending>): void {
    const listed = [...listing.files.map(({ path }) => path), ...listing.settling];
    const target = listed.filter((path) => this.#target?.has(path) === true);
    for (const each of open) {
      const { at, log, loaded } = each.partition;
      const named = (path: string): boolean => log.lastVersion(path) !== null;
      if (each.end !== null || !target.every((path) => this.#partitionOf(path) !== at.partition || named(path)))
        continue;
      each.end = loaded;
      if (this.remembers) each.partition.endAt(loaded);
    }
  }

  /** Whether all partitions, those of other members included, were read to their ends. */
  async reached(open: ReadonlyMap<number, Ending>): Promise<boolean> {
    if (this.#target === null) return false;
    for (const { partition, end } of open.values()) if (end === null || partition.position.entry < end) return false;
    const topic = this.#source.filesTopic;
    const others = ((await this.#log.partitions(topic)) ?? []).filter(({ partition }) => !open.has(partition));
    if (others.length === 0) return true;
    const committed = await this.#log.committed(this.#group, topic);
    for (const { partition, high } of others) {
      const checkpoint = committed.get(partition);
      const end = this.#when === 'once' ? endIn(checkpoint) : high;
      if (end === null || (checkpoint?.offset ?? 0) < end) return false;
      if (this.#when === 'caught up' && !(await this.#namesTarget({ topic, partition }))) return false;
    }
    return true;
  }

  async #namesTarget(at: TopicPartition): Promise<boolean> {
    const log = new FileLog('path');
    for await (const records of this.#log.read(at, 0)) for (const record of records) log.take(record);
    return [...this.#target!].every(
      (path) => this.#partitionOf(path) !== at.partition || log.lastVersion(path) !== null,
    );
  }

  #partitionOf(path: string): number {
    return partitionOfPath(path, this.#source.readers);
  }
}
