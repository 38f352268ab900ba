import type { Headers, Offset, OutRecord, RecordLog, TopicPartition } from '../ports/index.ts';
import { CHANGELOG_HEADER, changelogSource, stands } from '../protocol/changelog.ts';
import { SRC } from '../protocol/coordinates.ts';
import { type Ledger, toLedgerRecord } from '../protocol/ledger.ts';
import { HEADER } from '../protocol/trace.ts';
import type { Entry } from './keyed-state.ts';

/** Of more bytes at once, an append may be cut, and something else may come between its parts. */
const SURELY_WHOLE_BYTES = 1_048_576;

/**
 * Numbers the records of one partition of a changelog by where they will stand, and finds out whether they do (SPEC K1
 * to K3).
 */
export class ChangelogWriter {
  readonly #flow: string;
  readonly #at: TopicPartition;
  readonly #log: RecordLog;
  #end: Offset;
  /** Where the records begin that were made since the last append, and their bytes. */
  #from: Offset;
  #bytes = 0;

  /** `end` is the offset after all that the writer knows of. */
  constructor(flow: string, at: TopicPartition, log: RecordLog, end: Offset) {
    this.#flow = flow;
    this.#at = at;
    this.#log = log;
    this.#end = end;
    this.#from = end;
  }

  /** Where the next record will stand. */
  get end(): Offset {
    return this.#end;
  }

  /** The records of one change, in order, and the coordinate of the record that it came with. */
  records(entries: readonly Entry[], from: string | null = null, warned: readonly string[] = []): OutRecord[] {
    return entries.map(({ key, value, sequence }, i) => {
      const headers: Record<string, string> = {
        [SRC]: changelogSource(this.#flow, this.#at.partition, this.#end++),
        [CHANGELOG_HEADER.sequence]: JSON.stringify(sequence),
      };
      if (i + 1 < entries.length) headers[CHANGELOG_HEADER.more] = '1';
      if (i === 0 && from !== null) headers[CHANGELOG_HEADER.from] = from;
      if (i === 0 && warned.length > 0) headers[HEADER.warned] = warned.join(',');
      this.#bytes += key.length + (value?.length ?? 0);
      return { key, value, headers };
    });
  }

  /** What is settled now. */
  ledger(ledger: Ledger): OutRecord {
    return this.again(toLedgerRecord(ledger));
  }

  /** A record as it was, at the end again. */
  again({ key, value, headers }: { key: Buffer; value: Buffer | null; headers: Headers }): OutRecord {
    this.#bytes += key.length + (value?.length ?? 0);
    return { key, value, headers: { ...headers, [SRC]: changelogSource(this.#flow, this.#at.partition, this.#end++) } };
  }

  /** Whether all records that were made since the last append stand where they were expected, the first one at `offset`. */
  async stand(offset: Offset): Promise<boolean> {
    const whole = this.#bytes <= SURELY_WHOLE_BYTES;
    const expected = this.#from;
    this.#from = this.#end;
    this.#bytes = 0;
    if (offset !== expected) return false;
    // What came between moved the last record too.
    return whole || (await this.#standsAt(this.#end - 1));
  }

  /** Whether nobody else has written, as far as the log says now. */
  async isAlone(): Promise<boolean> {
    const range = (await this.#log.partitions(this.#at.topic))?.find(
      ({ partition }) => partition === this.#at.partition,
    );
    return range?.high === this.#end;
  }

  async #standsAt(offset: Offset): Promise<boolean> {
    for await (const records of this.#log.read(this.#at, offset))
      return records[0]!.offset === offset && stands(records[0]!, this.#flow, this.#at);
    return false;
  }
}
