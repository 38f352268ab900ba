import type { Clock, Log } from '@medallion/core';
import type { Parts, Reader } from '../parts.ts';
import { createVersioned, type VersionedCounts } from './versioned.ts';
import { createVersions, type Versions } from './versions.ts';

/** So new is what is shown: a page is told of a commit after it at the latest, and the time of reading. */
export const VERSION_AGE_MS = 300;
/** Between two attempts while Postgres is away. */
const RETRY_MS = 1_000;
const CACHE = { answers: 500, bytes: 64 * 1_048_576 };

/** What features are given, and what the live channel needs beside it. */
export type OpenParts = { readonly parts: Parts; readonly versions: Versions; readonly counts: () => VersionedCounts };

/** The parts of a dashboard on a reader. */
export function openParts(options: {
  readonly reader: Reader;
  readonly clock: Clock;
  readonly log: Log;
  readonly versionAgeMs?: number;
}): OpenParts {
  const { reader, clock, log, versionAgeMs = VERSION_AGE_MS } = options;
  const versions = createVersions({ query: reader.query, clock, maxAgeMs: versionAgeMs, retryMs: RETRY_MS });
  const versioned = createVersioned({ reader, versions, clock, bounds: CACHE });
  return { parts: { reader, versioned, clock, log }, versions, counts: versioned.counts };
}
