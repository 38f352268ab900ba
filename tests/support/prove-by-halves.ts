import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DATA_SET, INPUTS } from '@medallion/orders-generator';
import { PipelineProof } from './pipeline-proof.ts';

const PAUSE_MS = 2_000;
/** The steps of the first half. */
const HALF = 3;

/**
 * Feeds a pipeline its data set in two halves, killing a service after each step, and compares every table, and the counts
 * of its rules, with what plain SQL makes of the same input.
 */
export function proveByHalves(name: string, tables: readonly string[]): void {
  const rules = `
    SELECT table_name, rule, records, passed, failed, dropped FROM medallion.data_quality_metrics
    WHERE pipeline = '${name}'`;

  describe(`${name} from its input to its gold tables, with restarts`, () => {
    let proof: PipelineProof;
    let passed = false;
    const steps = [...INPUTS[name]!.scenario(DATA_SET)];

    before(async () => {
      proof = await PipelineProof.start(name);
    });
    after(() => proof?.close(!passed));

    const compare = async (): Promise<readonly string[]> => {
      const { scratch } = proof;
      await proof.makeOracle();
      return [
        ...(await scratch.compare(tables)),
        ...(await scratch.differences('data_quality_metrics', rules, 'SELECT * FROM oracle.data_quality_metrics')),
      ];
    };

    test('every table equals what plain SQL makes of the same input', async () => {
      await proof.feedWithKills(steps.slice(0, HALF), PAUSE_MS);
      assert.deepEqual(await proof.settle(compare), []);
      proof.tell('equal after the first half');
      await proof.feedWithKills(steps.slice(HALF), PAUSE_MS);
      assert.deepEqual(await proof.settle(compare), []);
      proof.tell('equal');
      for (const { crashes } of proof.stack.groups) assert.deepEqual(crashes, []);
      passed = true;
    });
  });
}
