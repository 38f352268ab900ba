import type { PipelinePlan } from '@medallion/pipeline';
import type { MemoryDatabase } from '../store/memory-database.ts';
import type { Chance } from './chance.ts';
import type { InputFile, InputRecord, Scenario } from './scenario.ts';
import type { SimCluster } from './sim-cluster.ts';

/** A promise that is broken: which one, and how that shows. */
export type Violation = { readonly invariant: string; readonly what: string };

/** What is looked at when promises are checked. */
export type Look = {
  readonly scenario: Scenario;
  readonly plan: PipelinePlan;
  readonly cluster: SimCluster;
  readonly database: MemoryDatabase;
  /** The true time when the run began, epoch milliseconds. */
  readonly epochMs: number;
  /** Everything is over, and all that came is processed. */
  readonly isEnd: boolean;
};

/** How a world's records are drawn. */
export type RecordsWanted = {
  readonly count: number;
  readonly partitions: number;
  /** They come between the start of the run and then. */
  readonly withinMs: number;
  readonly epochMs: number;
  /** Partitions that are silent for some seconds count no more. */
  readonly isIdleSoon: boolean;
};

/** What is drawn from: a pipeline of many flows does more in a minute. */
export type WorldSize = {
  /** For so long faults are drawn, in seconds. */
  readonly lengths: readonly number[];
  /** So many instances each layer has. */
  readonly instances: readonly number[];
};

/** A pipeline that can be simulated, with an oracle that computes its results in another way. */
export type World = {
  readonly name: string;
  readonly plan: PipelinePlan;
  /** Topics that the world outside writes. */
  readonly inputs: readonly string[];
  /** How large its runs are, where the usual ones would take too long. */
  readonly size?: WorldSize;
  readonly records: (chance: Chance, wanted: RecordsWanted) => readonly InputRecord[];
  /** Files that it reads; none when absent. */
  readonly files?: (chance: Chance, wanted: RecordsWanted) => readonly InputFile[];
  /** Whether what comes some time after the last record has come too, as windows that close; absent: nothing does. */
  readonly isSettled?: (look: Look) => boolean;
  /** What contradicts the oracle in a moment, or at the end. */
  readonly check: (look: Look) => readonly Violation[];
};
