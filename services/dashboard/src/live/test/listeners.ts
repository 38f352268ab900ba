import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type LogFields, silentLog, systemClock } from '@medallion/core';
import { type VersionDatabase, versionDatabase } from '../../http/test-database.ts';
import { createVersions } from '../../http/versions.ts';
import type { Channel } from '../../parts.ts';
import { createLive, type Live } from '../live.ts';

/** A server-sent event, read. */
export type Event = { readonly event: string; readonly data: Record<string, unknown> };

/** A listener that remembers; `takes` says whether it keeps up. */
export const listener = (takes: () => boolean = () => true) => {
  const frames: Buffer[] = [];
  const state = { ended: false };
  const sink = {
    write(frame: Buffer): boolean {
      if (!takes()) return false;
      frames.push(frame);
      return true;
    },
    end: () => {
      state.ended = true;
    },
  };
  const events = (name?: string): Event[] =>
    frames
      .map((frame) => /^event: (\w+)\ndata: (.*)\n\n$/.exec(frame.toString()))
      .filter((match) => match !== null)
      .map(([, event, data]) => ({ event: event!, data: JSON.parse(data!) as Event['data'] }))
      .filter(({ event }) => name === undefined || event === name);
  return { sink, frames, events, state };
};

/** A channel that tells how often something was committed, and counts how often it was read. */
export const channelOf = (database: VersionDatabase, more: Partial<Channel> = {}): Channel & { reads: number } => {
  const channel = {
    ...{ name: 'counts', when: 'commit' as const, everyMs: 0, onlyChanges: false, reads: 0 },
    async read() {
      channel.reads += 1;
      if (database.isAway) throw new Error('away');
      return { commits: database.commits, same: [1, 2, 3] };
    },
    ...more,
  };
  return channel;
};

/** Opens the live channel over a database that commits when it is told to. */
export async function withLive(
  body: (parts: { live: Live; database: VersionDatabase; errors: string[] }) => Promise<void>,
  channels: (database: VersionDatabase) => readonly Channel[] = () => [],
  more: { maxListeners?: number; pingMs?: number } = {},
): Promise<void> {
  const database = versionDatabase();
  const errors: string[] = [];
  const log = { ...silentLog, error: (_: LogFields, message: string) => void errors.push(message) };
  const versions = createVersions({ query: database.query, clock: systemClock, maxAgeMs: 5, retryMs: 5 });
  const live = createLive({
    ...{ versions, channels: channels(database), clock: systemClock, log, maxListeners: 100, pingMs: 60_000 },
    ...more,
  });
  try {
    await body({ live, database, errors });
  } finally {
    live.close();
    versions.close();
  }
}

/** Resolves when it has happened. */
export async function until(check: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 60_000; !check() && performance.now() < deadline; ) await delay(5);
  assert.ok(check(), 'it did not happen within 60 s');
}

/** Resolves when Postgres was asked so often again that whatever a question before led to is done. */
export async function asked(database: VersionDatabase): Promise<void> {
  const polls = database.polls + 3;
  await until(() => database.polls >= polls);
}
