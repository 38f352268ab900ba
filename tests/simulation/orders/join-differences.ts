import { coordinateOf, type LogRecord } from '@medallion/runtime';
import { endOf, type Look, type Writer } from '@medallion/testkit';
import type { Fields } from '../../oracle/stream.ts';
import { placeAt } from '../placed.ts';
import type { OrdersLog } from './orders-log.ts';
import { TRUSTED } from './orders-plan.ts';
import { writtenRow } from './written-row.ts';

/** What says of a record that was made of an order how the customer was. */
type Joined = {
  readonly at: string;
  readonly flow: string;
  readonly writer: Writer;
  readonly id: number | null;
  readonly isSo: (customer: Fields | null) => boolean;
};

/** A change of a table is followed within so long when nothing goes wrong, and nothing has for so long. */
const MOMENTS_MS = 10_000;
const CALM_MS = 60_000;

const COLUMNS = ['customer_name', 'city', 'segment'] as const;

/** Whether the segment is one of which orders are trusted. */
export const isTrusted = (customer: Fields | null): boolean =>
  customer !== null && TRUSTED.some((segment) => segment === customer.segment);

/**
 * Every record that was ever made of an order and its customer, repetitions and those of former owners included, against the
 * customers as they were: each process joins with the table as it stood at some moment not before it started (J1, J4), not
 * before what it had taken in of the changelog, and not before what it had joined with earlier.
 */
export function joinDifferences(look: Look, log: OrdersLog): readonly string[] {
  const { customers, customersPlan } = log;
  const changelog = look.cluster.topic(customersPlan.changelogTopic)?.[0];
  if (changelog === undefined) return [];
  const byWriter = Map.groupBy(joinedRecords(look, log), ({ writer, flow }) => `${flow} of ${writer.name}`);
  return [...byWriter].flatMap(([name, records]) => {
    let known = 0;
    return records
      .toSorted((a, b) => a.writer.sentMs - b.writer.sentMs)
      .flatMap(({ at, flow, writer, id, isSo }) => {
        const { startedMs, knew, sentMs } = writer;
        known = Math.max(
          known,
          changelog.highAt(startedMs - look.epochMs),
          knew.get(`${look.plan.name}.${flow}`)?.get(`0 ${customersPlan.changelogTopic}`) ?? 0,
          isCalm(look, writer) ? changelog.highAt(sentMs - MOMENTS_MS - look.epochMs) : 0,
        );
        const met = customers.whenWas(id, isSo, known);
        if (met === null)
          return [`${at}: ${name}, who knew ${known} changes, made it of customer ${id}, who was not so`];
        known = met;
        return [];
      });
  });
}

/** The process has run for a while, and nothing has gone wrong since. */
const isCalm = ({ scenario, epochMs }: Look, { startedMs, sentMs }: Writer): boolean =>
  startedMs < sentMs - CALM_MS &&
  scenario.faults.every((fault) => {
    const [sinceMs, untilMs] = [sentMs - CALM_MS - epochMs, sentMs - epochMs];
    return fault.atMs > untilMs || endOf(fault) < sinceMs;
  });

function joinedRecords({ cluster }: Look, { stream, trustedPlan }: OrdersLog): readonly Joined[] {
  const { byPlace, rawOf, cleanPlan } = stream;
  const all = (topic: string, isSo: (record: LogRecord) => Joined['isSo'] | null): readonly Joined[] =>
    (cluster.topic(topic) ?? []).flatMap((partition, number) =>
      partition.archive.flatMap((record): readonly Joined[] => {
        const src = coordinateOf(record);
        const [writer, so] = [partition.writer(record.offset), isSo(record)];
        if (src === null || src.offset < 0 || writer === null || so === null) return [];
        const { customer_id = null } = byPlace.get(rawOf(placeAt(src)))?.fields ?? {};
        return [
          {
            at: `${topic}[${number}] offset ${record.offset}`,
            flow: src.flow,
            writer,
            id: customer_id as number | null,
            isSo: so,
          },
        ];
      }),
    );
  return [
    ...all(cleanPlan.topic, ({ value }) => {
      if (value === null) return null;
      const row = writtenRow(value, cleanPlan.schema);
      return (customer) => COLUMNS.every((name) => row[name] === (customer?.[name] ?? null));
    }),
    ...all(trustedPlan.topic, ({ value }) => {
      if (value === null) return null;
      const { segment } = writtenRow(value, trustedPlan.schema);
      return (customer) => isTrusted(customer) && customer!.segment === segment;
    }),
    ...all(trustedPlan.quarantineTopic, ({ headers }) => {
      if (String(headers['medallion.outcome']) === 'violation')
        return (customer) => customer !== null && !isTrusted(customer);
      // A row now, which a reader would skip (P9).
      return isTrusted;
    }),
  ];
}
