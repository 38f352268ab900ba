import { shopPipeline } from '../shop/shop-plan.ts';
import { copyContract } from './copy-contract.ts';
import { finalContract } from './final-contract.ts';
import type { MakeHarness } from './harness.ts';
import { leaseContract } from './lease-contract.ts';
import { mergeContract } from './merge-contract.ts';
import { migrateContract } from './migrate-contract.ts';
import { relationContract } from './relation-contract.ts';
import { sessionContract } from './session-contract.ts';
import { checksInTurn, checksOf } from './suite.ts';
import { traceContract } from './trace-contract.ts';

export { contractPipeline } from './contract-plan.ts';
export type { MakeHarness, StoreHarness } from './harness.ts';

type ContractOptions = {
  /** How often each property is tried. */
  readonly runs?: number;
  /** False: what somebody else makes is left out, migrations and columns that a table gains. */
  readonly makesTables?: boolean;
};

/**
 * Declares the tests of what a TableStore promises; every implementation passes the same ones.
 *
 * @example tableStoreContract('in memory', makeMemoryHarness)
 */
export function tableStoreContract(title: string, make: MakeHarness, options: ContractOptions = {}): void {
  const alone = checksOf(title, make);
  const check = checksInTurn(title, make);
  if (options.makesTables ?? true) migrateContract(alone);
  leaseContract(check);
  mergeContract(check, options.runs ?? 15);
  finalContract(check);
  sessionContract(check);
  traceContract(check);
  if (options.makesTables ?? true) copyContract(check, alone);
  relationContract(checksOf(title, make, shopPipeline), options.runs ?? 15);
}
