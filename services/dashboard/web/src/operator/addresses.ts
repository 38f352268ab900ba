import { path } from '../router/match.ts';

/** The parts of the operator's page, in the order in which they are offered. */
export const SECTIONS = [
  { name: '', title: 'Graph' },
  { name: 'expectations', title: 'Expectations' },
  { name: 'quarantine', title: 'Quarantine' },
  { name: 'redrives', title: 'Redrives' },
  { name: 'events', title: 'Events' },
  { name: 'schemas', title: 'Schemas' },
  { name: 'lineage', title: 'Lineage' },
  { name: 'groups', title: 'Groups' },
  { name: 'leases', title: 'Leases' },
] as const;

type Query = Readonly<Record<string, string | null>>;

const withQuery = (to: string, query: Query): string => {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1] !== '',
  );
  return given.length === 0 ? to : `${to}?${new URLSearchParams(given).toString()}`;
};

/** The address of a part of the operator's page. */
export const sectionPath = (pipeline: string, section: string, query: Query = {}): string =>
  withQuery(section === '' ? path('operator', pipeline) : path('operator', pipeline, section), query);

/** The address of a table on the operator's page. */
export const tablePath = (pipeline: string, table: string): string => path('operator', pipeline, 'tables', table);

/** The address of the API for this page. */
export const apiPath = (pipeline: string, parts: readonly string[], query: Query = {}): string =>
  withQuery(path('api', 'operator', pipeline, ...parts), query);
