import type { Instant } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type { AsOf, QueryInfo, QueryParameters, QueryResult, Row } from '../../contract/index.ts';
import { cellOf } from '../values.ts';
import { askedOf, beforeOf, type Said } from './asked.ts';
import type { Asked, BusinessQuery, QueryRow } from './query.ts';

/** An answer without its age, which is another one for everybody who asks. */
export type Answer = Omit<QueryResult, 'ageSeconds'>;

/** What the contract says of a query. */
export const infoOf = ({ name, title, description, parameters, chart }: BusinessQuery): QueryInfo => ({
  ...{ name, title, description, parameters: [...parameters] },
  chart: { ...chart, y: [...chart.y] },
});

const valuesOf = ({ values }: BusinessQuery, asked: Asked): (string | number | null)[] =>
  values.map((name) => asked[name]);

/** Runs a query twice, in the snapshot of the one who asks: over its time range, and over that before for the headline. */
export async function answerQuery(
  query: Query,
  asOf: AsOf,
  business: BusinessQuery,
  said: Said,
  now: Instant,
): Promise<Answer> {
  const asked = await askedOf(query, said, now);
  const values = valuesOf(business, asked);
  const rows = await query<QueryRow>(business.sql, values);
  const before = await query<QueryRow>(business.sql, valuesOf(business, beforeOf(asked)));
  return {
    query: infoOf(business),
    parameters: parametersOf(business, asked),
    ...{ sql: business.sql, values, asOf },
    headline: business.headline(rows, before),
    columns: business.columns.map(({ name, type, comment }) => ({
      ...{ name, type, comment, nullable: true, personal: false },
    })),
    rows: rows.map(
      (row): Row => Object.fromEntries(business.columns.map(({ name, type }) => [name, cellOf(row[name], type)])),
    ),
  };
}

function parametersOf({ parameters }: BusinessQuery, asked: Asked): QueryParameters {
  const known = parameters.filter((name) => asked[name] !== null);
  return Object.fromEntries(known.map((name) => [name, asked[name]]));
}
