import avsc from 'avsc';
import fc from 'fast-check';
import { entrance } from '../engine/fuzz.ts';
import type { Journal } from '../engine/journal.ts';
import { mutated, noise } from '../hostile/bytes.ts';
import { hostileText, INHERITED } from '../hostile/texts.ts';
import { amongNeighbours, EVENTS, neighbour, rightEvent, worldOf } from './events.ts';

const named = (name: string, fields: readonly (readonly [string, unknown])[]) => ({
  ...{ type: 'record', name },
  fields: fields.map(([column, type]) => ({ name: column, type })),
});
const orNull = (type: unknown) => ['null', type];
const ITEM = named('Item', [
  ['sku', orNull('string')],
  ['price', orNull('double')],
  ['n', orNull('int')],
]);

/** How a producer would write the events. */
const EVENT = named('Event', [
  ['event_id', orNull('string')],
  ['at', orNull('string')],
  ['kind', orNull('string')],
  ['n', orNull('int')],
  ['big', orNull('long')],
  ['x', orNull('double')],
  ['ok', orNull('boolean')],
  ['price', orNull({ type: 'bytes', logicalType: 'decimal', precision: 20, scale: 2 })],
  ['day', orNull({ type: 'int', logicalType: 'date' })],
  ['seen', orNull({ type: 'long', logicalType: 'timestamp-micros' })],
  ['constructor', orNull('string')],
  ['items', { type: 'array', items: ITEM }],
]);
const EVENT_TYPE = avsc.Type.forSchema(
  named('Event', [
    ...EVENT.fields.map(({ name, type }): readonly [string, unknown] =>
      name === 'price'
        ? [name, orNull('bytes')]
        : name === 'day'
          ? [name, orNull('int')]
          : name === 'seen'
            ? [name, orNull('long')]
            : [name, type],
    ),
  ]) as never,
);

/** Schemas that others may have registered: endless ones, elements of no bytes, names of prototypes, other types. */
const OTHERS: readonly unknown[] = [
  named('Endless', [['next', ['null', 'Endless']]]),
  named('Lists', [['items', { type: 'array', items: 'null' }]]),
  named('Empties', [['items', { type: 'array', items: named('Empty', []) }]]),
  named('Maps', [['items', { type: 'map', values: 'null' }]]),
  named('Deep', [['items', { type: 'array', items: { type: 'array', items: 'Deep' } }]]),
  named(
    'Names',
    INHERITED.map((name): readonly [string, unknown] => [name, ['null', 'string', 'long']]),
  ),
  named('Wrong', [
    ['event_id', 'long'],
    ['n', { type: 'enum', name: 'E', symbols: ['A'] }],
    ['items', { type: 'map', values: 'string' }],
    ['price', { type: 'fixed', name: 'F', size: 3, logicalType: 'decimal', precision: 6, scale: 2 }],
    ['at', { type: 'long', logicalType: 'timestamp-millis' }],
  ]),
  { type: 'array', items: 'string' },
  'string',
  {},
  named('Bad', [['a', 'nothing of this name']]),
];
const FIRST_OTHER = 2;

const framed = (id: number, body: Uint8Array, magic = 0): Buffer => {
  const head = Buffer.from([magic, 0, 0, 0, 0]);
  head.writeInt32BE(id | 0, 1);
  return Buffer.concat([head, body]);
};

const written = (event: object): Buffer => {
  const { price, day, seen, ...rest } = event as Record<string, unknown>;
  const cents = Buffer.alloc(8);
  cents.writeBigInt64BE(BigInt(Math.round(Number(price) * 100)));
  return EVENT_TYPE.toBuffer({
    ...rest,
    price: cents,
    day: Math.floor(Date.parse(String(day)) / 86_400_000),
    seen: Date.parse(String(seen)) * 1_000,
  } as never);
};

const right = fc.record(rightEvent).map((event) => framed(1, written(event)));
const odd = fc
  .tuple(fc.record(rightEvent), hostileText)
  .map(([event, text]) => framed(1, written({ ...event, event_id: text.toWellFormed(), at: text.toWellFormed() })));
/** What the other schemas are read from: small numbers, long runs of one byte, anything. */
const body = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.array(fc.constantFrom(0, 1, 2, 3, 4, 0x7f, 0x80, 0xff), { maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
  fc
    .tuple(fc.constantFrom(2, 4, 1), fc.constantFrom(10, 1_000, 30_000))
    .map(([byte, n]) => new Uint8Array(n).fill(byte)),
);
const other = fc
  .tuple(fc.integer({ min: FIRST_OTHER, max: FIRST_OTHER + OTHERS.length - 1 }), body)
  .map(([id, bytes]) => framed(id, bytes));
/** Numbers of schemas: of other subjects, unknown, of the engine's own, none. */
const ids = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(1, 1, 2, 3),
      fc.integer({ min: 0, max: 20 }),
      fc.constantFrom(-1, 0x7fff_ffff, -0x8000_0000, 99_999),
    ),
    fc.oneof(body, fc.record(rightEvent).map(written)),
    fc.constantFrom(0, 0, 0, 1, 255),
  )
  .map(([id, bytes, magic]) => framed(id, bytes, magic));

async function judge(batch: readonly Buffer[], journal: Journal): Promise<void> {
  const world = worldOf(EVENTS.avro.plan, journal);
  for (const schema of [EVENT, ...OTHERS]) world.schemas.add(schema);
  const record = (value: Buffer) => ({ key: null, value, headers: {} });
  const valid = (i: number) => record(framed(1, written(neighbour(i))));
  await amongNeighbours('avro', world, batch.map(record), valid, journal);
}

export const avroValues = entrance({
  name: 'avro-values',
  about: 'values of a topic of Avro, by any schema that the registry knows: through bronze, silver and a windowed view',
  cases: fc.oneof(
    { weight: 6, arbitrary: mutated(right) },
    { weight: 2, arbitrary: odd },
    { weight: 4, arbitrary: other },
    { weight: 1, arbitrary: noise },
  ),
  together: 256,
  judge,
});

export const schemaIds = entrance({
  name: 'schema-ids',
  about:
    'the number of the schema before each Avro value: of other subjects, unknown ones, negative ones, another magic byte',
  cases: ids,
  together: 256,
  judge,
});
