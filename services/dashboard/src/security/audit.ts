import type { Log } from '@medallion/core';
import type { Query } from '@medallion/postgres';

/** What an operator did, or is about to do. */
export type OperatorAction = {
  /** Who: `request.who.user`. */
  readonly by: string;
  /** What: `login`, `redrive`, `redrive_dry_run` … */
  readonly action: string;
  /** The pipeline that it is about, or EVERY_PIPELINE. */
  readonly pipeline: string;
  /** What it is about within it: a table, a redrive … */
  readonly subject: string;
  /** More to know; no payloads and no secrets. */
  readonly detail: object;
};

/**
 * Writes down what an operator does: into the log, and into medallion.event_log (kind `operator_action`) where the
 * dashboard was given the operator's connection. Call it before the action, so that none is without a trace.
 *
 * Throws MED_STORE_UNAVAILABLE when the event cannot be written; the log has it nevertheless.
 */
export type Audit = (entry: OperatorAction) => Promise<void>;

/** The pipeline of actions that are about none of them. */
export const EVERY_PIPELINE = '*';

/** Writes into `log`, and through `query` (as the operator's role) where there is one. */
export const auditTo =
  ({ log, query }: { readonly log: Log; readonly query?: Query | undefined }): Audit =>
  async ({ by, action, pipeline, subject, detail }) => {
    log.info({ ...detail, by, action, pipeline, subject }, 'an operator acts');
    await query?.(
      "INSERT INTO medallion.event_log (pipeline, kind, subject, detail) VALUES ($1, 'operator_action', $2, $3::jsonb)",
      [pipeline, subject, JSON.stringify({ ...detail, by, action })],
    );
  };
