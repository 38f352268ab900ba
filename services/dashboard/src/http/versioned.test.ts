import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay, setImmediate as settled } from 'node:timers/promises';
import { type Instant, isMedallionError, systemClock } from '@medallion/core';
import fc from 'fast-check';
import { type VersionDatabase, versionDatabase } from './test-database.ts';
import { createVersioned } from './versioned.ts';
import { createVersions } from './versions.ts';

const BOUNDS = { answers: 10, bytes: 1_000_000 };

const opened = (database: VersionDatabase, bounds = BOUNDS, maxAgeMs = 0) => {
  const versions = createVersions({ query: database.query, clock: systemClock, maxAgeMs, retryMs: 10 });
  const versioned = createVersioned({ reader: database, versions, clock: systemClock, bounds });
  const ask = (key = 'k'): Promise<number> =>
    versioned.answer('p', key, async (query) => (await query<{ commits: number }>('SELECT'))[0]!.commits);
  return { versions, versioned, ask };
};

test('any number who ask at once are answered by one read, and those who ask again by none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 4 }), async (askers, rounds) => {
      const database = versionDatabase(async (answer) => delay(1, answer));
      const { versioned, ask } = opened(database);
      for (let round = 1; round <= rounds; round++) {
        const answers = await Promise.all(Array.from({ length: askers }, () => ask()));
        assert.deepEqual(new Set(answers), new Set([database.commits]));
        assert.equal(versioned.counts().reads, round);
        await ask();
        assert.equal(versioned.counts().reads, round);
        database.commits += 1;
      }
    }),
    { numRuns: 20 },
  );
});

test('whatever the order in which things happen: a read a version at most, and nobody is told less than was committed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom('ask', 'ask', 'commit', 'step'), { minLength: 5, maxLength: 40 }),
      async (scheduler, steps) => {
        const database = versionDatabase((answer) => scheduler.schedule(Promise.resolve(answer)));
        const { versioned, ask } = opened(database);
        const asked: { readonly least: number; readonly answer: Promise<number> }[] = [];
        for (const step of steps) {
          if (step === 'commit') database.commits += 1;
          else if (step === 'step')
            await (scheduler.count() > 0 ? scheduler.waitOne().then(() => settled()) : undefined);
          // Who comes while the version is being asked for has the answer of that moment.
          else asked.push({ least: database.polling === 0 ? database.commits : 1, answer: ask() });
        }
        await scheduler.waitIdle();
        for (const { least, answer } of asked) assert.ok((await answer) >= least);
        assert.ok(versioned.counts().reads <= database.commits);
      },
    ),
    { numRuns: 300 },
  );
});

test('an answer says of which version it is, and when it was read', async () => {
  const database = versionDatabase();
  const { versioned, versions } = opened(database);
  const began = Date.now();
  const asOf = await versioned.answer('p', 'k', async (_query, as) => as);
  assert.equal(asOf.version, (await versions.current('p')).version);
  assert.equal(asOf.committedAt, '1970-01-01T00:00:00.001Z');
  assert.equal(asOf.watermark, null);
  assert.ok(began <= Date.parse(asOf.readAt) && Date.parse(asOf.readAt) <= Date.now());
  assert.equal(await versioned.answer('other', 'k', async (_query, as) => as.version), 'none');
});

test('for a while after the version was asked for nobody asks again', async () => {
  const database = versionDatabase();
  let now = 0;
  const clock = { now: () => now as Instant };
  const versions = createVersions({ query: database.query, clock, maxAgeMs: 300, retryMs: 10 });
  for (now of [0, 100, 299]) await versions.current('p');
  assert.equal(database.polls, 1);
  now = 300;
  await versions.current('p');
  assert.equal(database.polls, 2);
});

test('an error is for those who waited for it: the next one asks anew', async () => {
  const database = versionDatabase();
  const { ask } = opened(database);
  const isAway = (error: unknown): boolean => isMedallionError(error) && error.code === 'MED_STORE_UNAVAILABLE';
  database.isAway = true;
  await Promise.all([1, 2, 3].map(() => assert.rejects(ask(), isAway)));
  database.isAway = false;
  assert.equal(await ask(), 1);
  const { versioned } = opened(database);
  const broken = (): Promise<never> => versioned.answer('p', 'k', async () => Promise.reject(new Error('wrong')));
  await assert.rejects(broken(), /wrong/);
  assert.equal(await versioned.answer('p', 'k', async () => 'right'), 'right');
});

test('what is kept is bounded in number and in bytes: what nobody asked for longest goes first', async () => {
  const database = versionDatabase();
  const { versioned } = opened(database, { answers: 3, bytes: 1_000 });
  let reads = 0;
  const ask = (key: string, length: number): Promise<string> =>
    versioned.answer('p', key, async () => {
      reads += 1;
      return 'a'.repeat(length);
    });
  for (const key of ['a', 'b', 'c', 'a', 'd']) await ask(key, 1);
  assert.equal(versioned.counts().kept, 3);
  reads = 0;
  await ask('a', 1);
  assert.equal(reads, 0, 'a was asked for after b');
  await ask('b', 1);
  assert.equal(reads, 1);
  await ask('large', 400);
  assert.ok(versioned.counts().bytes <= 1_000);
  await ask('too large', 501);
  await ask('large', 400);
  assert.equal(reads, 3, 'what is too large pushes nothing out');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.string({ maxLength: 2 }), fc.nat(600))), async (asked) => {
      for (const [key, length] of asked) {
        assert.equal((await ask(`${key}/${length}`, length)).length, length);
        const { kept, bytes } = versioned.counts();
        assert.ok(kept <= 3 && bytes <= 1_000 && bytes >= 0);
      }
    }),
    { numRuns: 50 },
  );
});
