/** What one kind of record is, and what a pipeline is expected to make of it. */
export type KindDescription = { readonly what: string; readonly expected: string };

const describe = <const K extends string>(kinds: Readonly<Record<K, KindDescription>>) => kinds;

/**
 * Every kind of record that the generator sends. One table, from which `--help`, the audit and the README speak.
 * A record has one kind: the fault that was put into it, or `valid`.
 */
export const KINDS = describe({
  valid: { what: 'a fault-free event, in order', expected: 'bronze, silver and gold' },
  duplicate: {
    what: 'a recent record again: same key, same bytes',
    expected: 'bronze; silver drops it as a duplicate of its event_id',
  },
  out_of_order: {
    what: 'older than a predecessor by at most maxDisorder (2 min), less than the watermark delay',
    expected: 'bronze, silver and gold, in the window of its event time',
  },
  late: {
    what: 'older than the newest record by lateBy (10 to 60 min)',
    expected: 'bronze, silver; late for each gold window that the watermark has passed, and kept as such',
  },
  empty_delivery_id: { what: 'delivery_id is ""; the key is not', expected: 'quarantine: valid_delivery_id' },
  bad_timestamp: { what: 'timestamp is no ISO-8601 instant', expected: 'quarantine: valid_timestamp' },
  bad_status: { what: 'status is none of the three', expected: 'quarantine: valid_status' },
  bad_coordinates: { what: 'latitude or longitude out of range', expected: 'quarantine: valid_coordinates' },
  non_positive_gift_count: { what: 'gift_count is 0 or less', expected: 'quarantine: positive_gift_count' },
  unparseable: {
    what: 'no JSON: cut off, NaN, text, broken UTF-8, no bytes at all …',
    expected: 'bronze quarantine: unparseable, with its bytes',
  },
  wrong_type: {
    what: 'a field of another JSON type, or an array or scalar in place of the object',
    expected:
      'column null, value in _rescued_data; quarantine if an expectation looks at the column or it is no object',
  },
  missing_field: {
    what: 'one field is not there',
    expected: 'column null; quarantine if an expectation looks at it, else accepted',
  },
  null_field: {
    what: 'one field is null',
    expected: 'column null; quarantine if an expectation looks at it, else accepted',
  },
  extra_field: { what: 'a field that nobody declared', expected: 'accepted; the field lands in _rescued_data' },
  tombstone: { what: 'a key with no value', expected: 'quarantine or ignored by name; nothing is deleted from gold' },
  null_key: { what: 'a fault-free event with no key', expected: 'accepted, on any partition' },
  future: {
    what: 'a clock far ahead: the year 2999',
    expected: 'quarantine: future; the watermark does not move',
  },
  ancient: { what: 'a clock that lost its battery: 1970', expected: 'bronze, silver; late for every gold window' },
  emoji_text: { what: 'emoji, combining marks and right-to-left text in city', expected: 'accepted, unchanged' },
  nul_text: {
    what: 'NUL (\\u0000) within city',
    expected: 'accepted or quarantined by name where Postgres refuses it; its neighbours are stored',
  },
  proto_key: { what: 'an extra field named __proto__', expected: 'accepted; _rescued_data, no prototype is touched' },
  huge_integer: {
    what: 'gift_count is 2^53 + 1',
    expected: 'does not fit its type: column null, _rescued_data; quarantine: positive_gift_count',
  },
  infinite_number: {
    what: 'a number written as 1e999',
    expected: 'does not fit its type: column null, _rescued_data; quarantine if it is a coordinate',
  },
  oversized: {
    what: 'an undeclared field of 900 KB (in no preset)',
    expected: 'accepted, or quarantine: too large; the next record flows',
  },
});

/** A kind of record; `valid`, or the fault that was put into it. */
export type RecordKind = keyof typeof KINDS;
/** A kind that happens at a rate of its own. */
export type FaultKind = Exclude<RecordKind, 'valid'>;
/** Kinds whose bytes differ from those of the intended event (a null key leaves them alone). */
export type DamageKind = Exclude<FaultKind, 'duplicate' | 'out_of_order' | 'late'>;

/** Every kind, in the order of the table. */
export const RECORD_KINDS = Object.keys(KINDS) as readonly RecordKind[];
/** Every kind that a rate can be given for. */
export const FAULT_KINDS = RECORD_KINDS.filter((kind) => kind !== 'valid') as readonly FaultKind[];

/** The share of records, 0 to 1, of each kind; what is not listed is 0, and the rest are valid. */
export type Rates = Readonly<Partial<Record<FaultKind, number>>>;

/** Whether a text names a kind that a rate can be given for. */
export const isFaultKind = (text: string): text is FaultKind => (FAULT_KINDS as readonly string[]).includes(text);
