import type { Log } from '@medallion/core';
import { createGoldReader } from '@medallion/postgres';
import { type Audit, auditTo } from '../security/audit.ts';

/** Writes down what operators do, through the operator's own connection where there is one. */
export function openAudit(
  databaseUrl: string | undefined,
  log: Log,
): { readonly audit: Audit; close(): Promise<void> } {
  if (databaseUrl === undefined) return { audit: auditTo({ log }), close: async () => {} };
  // Nothing is connected before it is used.
  const connection = createGoldReader({ databaseUrl, schemaName: 'medallion', poolSize: 1 });
  return { audit: auditTo({ log, query: connection.query }), close: () => connection.close() };
}
