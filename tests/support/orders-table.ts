import { AUDIT } from '@medallion/pipeline';
import { field, flow, schemaOf, streamingTable } from '../../libs/runtime/src/fixtures/plans.ts';

/** A table of orders from a topic, for flows on ports in memory. */

export const RAW = 'raw';
export const PARTITIONS = 2;
export const NOW = Date.now();

const id = field('id', 'string');
const at = field('at', 'timestamp');
const kind = field('kind', 'string');
const declared = schemaOf(id, at, kind);
const audit = [
  field(AUDIT.rescued, 'string'),
  field(AUDIT.ingestedAt, 'timestamp'),
  field(AUDIT.partition, 'int'),
  field(AUDIT.offset, 'long'),
];
export const stored = schemaOf(...declared.fields, ...audit);
export const orders = streamingTable('shop', 'orders', stored, [flow('orders', { topic: RAW, declared })]);

export const order = (i: number, over: object = {}) => ({
  id: `o${i}`,
  at: new Date(NOW - 600_000 + i * 1000).toISOString(),
  kind: i % 2 === 0 ? 'pending' : 'completed',
  ...over,
});
