import assert from 'node:assert/strict';
import { DATA_SET, INPUTS, withRun } from '@medallion/orders-generator';
import type { PipelineProof } from '../pipeline-proof.ts';
import { rulesOf } from './rules-of.ts';

/** After the last order of the data set: two changes of one customer at the same time would leave open which is the last. */
const LATER_MS = DATA_SET.startMs + 365 * 86_400_000;
/** The steps of the first half. */
const HALF = 3;

/** A pipeline that is fed and compared with what plain SQL makes of the same input: every table, and the counts of its rules. */
export class ProofByHalves {
  readonly #proof: PipelineProof;
  readonly #tables: readonly string[];

  constructor(proof: PipelineProof, tables: readonly string[]) {
    this.#proof = proof;
    this.#tables = tables;
  }

  /** Feeds the data set in two halves, and compares after each. */
  async run(): Promise<void> {
    const proof = this.#proof;
    const steps = [...INPUTS[proof.plan.name]!.scenario(DATA_SET)];
    await proof.feedWithKills(steps.slice(0, HALF));
    await this.equal();
    await proof.feedWithKills(steps.slice(HALF));
    await this.equal();
  }

  /** Feeds orders of another run. */
  async feedMore(run: string): Promise<void> {
    const { plan, stack } = this.#proof;
    for (const step of INPUTS[plan.name]!.scenario({ ...DATA_SET, run, events: 40, seed: 9, startMs: LATER_MS }))
      await stack.feed({ ...step, files: step.files.map((file) => ({ ...file, path: withRun(file.path, run) })) });
  }

  /** Resolves when nothing differs. */
  async equal(): Promise<void> {
    assert.deepEqual(await this.#proof.settle(this.#compare), []);
    this.#proof.tell('equal');
  }

  /** The differences as they are now, as lines. */
  differences = (): Promise<readonly string[]> => this.#proof.look(this.#compare);

  readonly #compare = async (): Promise<readonly string[]> => {
    await this.#proof.makeOracle();
    return [...(await this.#proof.scratch.compare(this.#tables)), ...(await rulesOf(this.#proof))];
  };
}
