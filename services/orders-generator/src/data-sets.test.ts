import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { DATA_SET, INPUTS } from './index.ts';

const DATA = join(import.meta.dirname, '../data');

for (const [name, { scenario, topics, folders }] of Object.entries(INPUTS)) {
  const steps = [...scenario(DATA_SET)];

  test(`the checked-in data set of ${name} is what its scenario gives`, () => {
    const files = steps.flatMap((step) => step.files);
    for (const { path, bytes } of files)
      assert.ok(bytes.equals(readFileSync(join(DATA, path))), `${path} is another: see README.md how it is made`);
    const present = folders.flatMap((folder) => readdirSync(join(DATA, folder)).map((file) => `${folder}/${file}`));
    assert.deepEqual(present.sort(), files.map(({ path }) => path).sort());
    for (const topic of topics) {
      const records = steps.flatMap((step) => step.records.filter((record) => record.topic === topic));
      const lines = records.map(({ key, value }) => `${JSON.stringify({ key, value: value?.toString() })}\n`);
      assert.equal(readFileSync(join(DATA, `${topic}.jsonl`), 'utf8'), lines.join(''));
    }
  });

  test(`the data set of ${name} is small, and has rows of every kind that rules are for`, () => {
    const bytes = steps.flatMap((step) => step.files).reduce((sum, file) => sum + file.bytes.length, 0);
    assert.ok(bytes < 200_000);
    const kinds = new Set(steps.flatMap((step) => [...step.kinds.keys()]));
    assert.ok(kinds.size >= 8, [...kinds].join(', '));
    assert.ok(existsSync(join(DATA, folders[0]!)));
  });

  test(`${name}: the same seed gives the same bytes, another seed others`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), fc.integer({ min: 1, max: 60 }), (seed, perStep) => {
        const run = (of: number): string =>
          [...scenario({ ...DATA_SET, seed: of, events: 120, perStep })]
            .flatMap((step) => [...step.files.map(({ bytes }) => bytes), ...step.records.map(({ value }) => value)])
            .map((bytes) => bytes?.toString('base64'))
            .join('\n');
        assert.equal(run(seed), run(seed));
        assert.notEqual(run(seed), run(seed + 1));
      }),
      { numRuns: 5 },
    );
  });

  test(`${name}: without a share of bad orders there are none, and the order that must fail does`, () => {
    const clean = [...scenario({ ...DATA_SET, badShare: 0, failAt: name === 'medallion-sales' ? 70 : null })];
    const kinds = new Set(clean.flatMap((step) => [...step.kinds.keys()]));
    for (const kind of kinds) assert.doesNotMatch(kind, /^no_|unparseable|bad_|negative|_as_text/);
    assert.equal(kinds.has('unknown_status'), name === 'medallion-sales');
  });
}
