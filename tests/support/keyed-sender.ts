import { formatCoordinate, type RowCodecs } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import type { MemoryCluster } from '@medallion/testkit';
import type { SentChange } from './keyed-oracle.ts';
import { changes, RAW } from './keyed-plan.ts';

const PARTITIONS = 2;

/** Writes changes to the stream that the table reads, as the flow before it would. */
export class Sender {
  readonly #world: { readonly cluster: MemoryCluster; readonly codecs: RowCodecs };
  readonly #sent = new Array<number>(PARTITIONS).fill(0);

  constructor(world: { readonly cluster: MemoryCluster; readonly codecs: RowCodecs }) {
    this.#world = world;
    world.cluster.createTopic(RAW, PARTITIONS);
    world.cluster.createTopic(changes.topic, PARTITIONS);
  }

  async send(sent: readonly (SentChange | AnyRow)[]): Promise<void> {
    await this.places(sent);
  }

  /** Sends changes, and tells where each is: `partition:offset`. */
  async places(sent: readonly (SentChange | AnyRow)[]): Promise<readonly string[]> {
    const places: string[] = [];
    const encoder = await this.#world.codecs.encoder(changes.topic, changes.schema);
    for (const change of sent) {
      const partition = String(change.id).charCodeAt(0) % PARTITIONS;
      const headers = { src: formatCoordinate('changes', partition, this.#sent[partition]!++, 0) };
      const value = encoder.encode({ ...change, ingestion_timestamp: 0, source_partition: partition });
      const record = { key: Buffer.from(String(change.id)), value, headers };
      const [offset] = this.#world.cluster.append([{ topic: changes.topic, partition, records: [record] }]);
      places.push(`${partition}:${offset}`);
    }
    return places;
  }

  get total(): number {
    return this.#sent.reduce((sum, n) => sum + n, 0);
  }
}
