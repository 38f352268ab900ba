/** What a rebuild takes away of a pipeline. */
export type ResetScope = {
  /** Tables that begin anew, in the order of the plan. */
  readonly tables: readonly string[];
  /** The topics of those tables, which are read again from their start. */
  readonly topics: readonly string[];
};

/** The port to what Postgres has of tables that are rebuilt. */
export interface ResetStore {
  /** Runs the work while nobody else rebuilds tables of the pipeline. @throws MED_REFRESH_BUSY */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Takes away all that was made of the topics, in one transaction: rows, copies, leases, late rows, quarantine, counts.
   * Views over tables in Postgres become what their inputs are, and change feeds say what went. Doing it again changes
   * nothing.
   */
  reset(scope: ResetScope): Promise<void>;
}
