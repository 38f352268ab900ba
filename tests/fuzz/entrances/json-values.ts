import fc from 'fast-check';
import { entrance } from '../engine/fuzz.ts';
import { noise } from '../hostile/bytes.ts';
import { jsonBytes } from '../hostile/json.ts';
import { amongNeighbours, EVENTS, neighbour, rightEvent, worldOf } from './events.ts';

const values: fc.Arbitrary<Buffer | null> = fc.oneof(
  { weight: 12, arbitrary: jsonBytes(rightEvent) },
  { weight: 2, arbitrary: noise },
  { weight: 1, arbitrary: fc.constantFrom(null, Buffer.alloc(0), Buffer.from('\ufeff{}'), Buffer.from('{}')) },
);

export const jsonValues = entrance({
  name: 'json-values',
  about: 'values of a topic of JSON: through bronze, silver and a windowed view',
  cases: values,
  together: 256,
  async judge(batch, journal) {
    const record = (value: Buffer | null) => ({ key: null, value, headers: {} });
    const valid = (i: number) => record(Buffer.from(JSON.stringify(neighbour(i))));
    await amongNeighbours('json', worldOf(EVENTS.json.plan, journal), batch.map(record), valid, journal);
  },
});
