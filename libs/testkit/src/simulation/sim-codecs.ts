import { isMedallionError, MedallionError, messageOf } from '@medallion/core';
import type { RowCodecs } from '@medallion/runtime';
import { createMemoryCodecs, type MemoryRegistry } from '../codec/memory-codecs.ts';
import type { Network } from './network.ts';
import type { SimProcess } from './sim-process.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const HEAD_BYTES = 5;

/** What codecs reach their registry by. */
export type CodecsParts = {
  readonly process: SimProcess;
  readonly network: Network;
  readonly registry: MemoryRegistry;
};

/** Codecs whose registry is a server: asked for each schema once, and it may be down or slow then. */
export function simCodecs({ process, network, registry }: CodecsParts): RowCodecs {
  const codecs = createMemoryCodecs(registry);
  const ask = async <T>(what: string, serve: () => Promise<T>): Promise<T> => {
    try {
      return await network.call(process, { to: 'registry', what, serve, timeoutMs: REQUEST_TIMEOUT_MS });
    } catch (error) {
      if (isMedallionError(error)) throw error;
      throw new MedallionError('MED_REGISTRY_UNAVAILABLE', { reason: messageOf(error) }, { cause: error });
    }
  };
  /** The same decoder, which asks the registry for ids that it has not seen. */
  const asking = <D extends { prepare(values: Iterable<Buffer | null>): Promise<void> }>(decoder: D): D => {
    const known = new Set<number>();
    return {
      ...decoder,
      async prepare(values: Iterable<Buffer | null>) {
        const all = [...values];
        const unknown = idsIn(all).difference(known);
        if (unknown.size === 0) return;
        await ask(`schemas ${[...unknown].join(', ')}`, () => decoder.prepare(all));
        for (const id of unknown) known.add(id);
      },
    };
  };
  return {
    encoder: (topic, schema) => ask(`schema of ${topic}`, () => codecs.encoder(topic, schema)),
    decoder: async (topic, schema, room) => asking(await codecs.decoder(topic, schema, room)),
    recordDecoder: async () => asking(await codecs.recordDecoder()),
  };
}

function idsIn(values: readonly (Buffer | null)[]): Set<number> {
  const ids = new Set<number>();
  for (const value of values)
    if (value !== null && value.length >= HEAD_BYTES && value[0] === 0) ids.add(value.readInt32BE(1));
  return ids;
}
