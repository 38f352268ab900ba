import type { Value } from '@medallion/schema';
import type { Offset } from '../ports/index.ts';
import type { Person, SubjectPlan } from './person.ts';
import type { Behind, Mark, Reached } from './readers.ts';

/** A record of the quarantine, or a late one, whose bytes may be about somebody. */
export type KeptRecord = {
  /** The table whose flow refused it, or the view that it came too late for. */
  readonly table: string;
  /** The flow that refused it; null for a late row. */
  readonly flow: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** The decoded row, where it could be decoded. */
  readonly row: Value | object | null;
};

/** What is to be erased from the tables in Postgres. */
export type TableErasure = {
  readonly subject: SubjectPlan;
  readonly person: Person;
  readonly fingerprint: string;
  readonly by: string;
  /** Records that nobody can read and that name the person go too. */
  readonly unreadable: boolean;
  readonly dryRun: boolean;
  /** What was found before anything was deleted: where the gold layer was faster, its own commit has deleted that. */
  readonly found: readonly ErasedFromTable[];
  /** Up to where the gold layer must have come: what it reads later is no longer the person's. */
  readonly marks: readonly Mark[];
  /** For each record whether it is the person's: `unreadable` where only its bytes name them. */
  readonly isPersons: (records: readonly KeptRecord[]) => Promise<readonly (boolean | 'unreadable')[]>;
};

/** What was done to one table in Postgres. */
export type ErasedFromTable = {
  /** As people query it: `silver_customers`, `medallion.quarantine`. */
  readonly table: string;
  readonly kind: 'table' | 'history' | 'copy' | 'view' | 'change feed' | 'window' | 'quarantine' | 'late rows' | 'keys';
  readonly rows: number;
  /** `deleted`; `recomputed`: what is left is what is left of its inputs; `kept`, with why. */
  readonly action: 'deleted' | 'recomputed' | 'kept';
  readonly note?: string;
};

/** The port to the tables of one pipeline, as far as somebody is erased from them. */
export interface ErasureStore {
  /** Where the gold layer is in each partition that it reads. */
  leases(): Promise<readonly Reached[]>;
  /**
   * Erases in one transaction, or (`dryRun`) finds out in one that is taken back. Nothing is done where the gold layer has
   * not come as far as it must: then who is behind is the answer.
   */
  erase(erasure: TableErasure): Promise<readonly ErasedFromTable[] | { readonly behind: readonly Behind[] }>;
}
