import { MedallionError } from '@medallion/core';

/** A request that nobody can answer: 400. */
export const invalid = (problem: string): MedallionError => new MedallionError('MED_REQUEST_INVALID', { problem });

/** A name that is none: 404. `list` is the address where the names are. */
export const notFound = (kind: string, name: string, list: string): MedallionError =>
  new MedallionError('MED_NOT_FOUND', { kind, name: name.slice(0, 100), list: `GET ${list}` });
