import { withQuery } from '../api/client.ts';
import type { QueryInfo, QueryParameters } from '../api/contract.ts';
import { path } from '../router/match.ts';

const NAMES = ['from', 'to', 'region', 'gift_type', 'city', 'limit'] as const;

/** The parameters that an address names. */
export function parametersIn(search: URLSearchParams): QueryParameters {
  const found: Record<string, string | number> = {};
  for (const name of NAMES) {
    const value = search.get(name);
    if (value === null || value === '') continue;
    if (name !== 'limit') found[name] = value;
    else if (Number.isInteger(Number(value))) found[name] = Number(value);
  }
  return found as QueryParameters;
}

/** Those of the parameters that a query knows. */
export const known = (parameters: QueryParameters, info: QueryInfo): QueryParameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => info.parameters.some((one) => one === name)));

/** Where the answer of a query is read from. */
export const queryAddress = (name: string, parameters: QueryParameters, format?: 'csv'): string =>
  withQuery(`/api${path('queries', name)}`, { ...parameters, format });
