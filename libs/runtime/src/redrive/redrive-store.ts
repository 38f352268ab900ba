import type { Offset, Violation } from '../ports/index.ts';
import type { Redrive } from './redrive-record.ts';

/** Which row of the quarantine. */
export type QuarantinePlace = {
  readonly table: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  /** Empty where no flow of the engine wrote the record. */
  readonly flow: string;
  readonly index: number;
};

/** A row of the quarantine that somebody wants to be processed again, without its bytes. */
export type Chosen = QuarantinePlace & {
  readonly outcome: string;
  readonly violations: readonly Violation[];
  /** Whether its bytes were kept. */
  readonly hasValue: boolean;
  readonly redriven: boolean;
  /** The element of a record that it is, where an earlier redrive said so. */
  readonly element: number | null;
};

/** A row that gets a number. */
export type Claim = { readonly place: QuarantinePlace; readonly element: number | null };

/** What was decided and is not known to be in its topic. */
export type Unsent = Redrive;

/** The port to what was decided about the quarantine of one pipeline. */
export interface RedriveStore {
  /**
   * Runs while nobody else redrives records of the pipeline.
   *
   * @throws MED_REDRIVE_BUSY
   */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** The rows that are asked about, oldest first, at most so many. */
  chosen(limit: number): Promise<readonly Chosen[]>;
  /** These, with their bytes, as they would be sent; the number counts for nothing. In their order; null: it is gone. */
  unnumbered(claims: readonly Claim[]): Promise<readonly (Unsent | null)[]>;
  /** Numbers those that have no number yet, in this order, all or none. */
  claim(claims: readonly Claim[], by: string): Promise<number>;
  /** What was numbered after `id` and is not known to be sent, in the order of the numbers, at most so many. */
  unsent(id: number, limit: number): Promise<readonly Unsent[]>;
  /** These are in their topics. */
  sent(ids: readonly number[]): Promise<void>;
}
