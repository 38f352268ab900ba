import { MedallionError } from '@medallion/core';
import { type MissingFiles, missingFilesText } from './missing-files.ts';
import { type MissingRange, missingText } from './missing-input.ts';

/** Why a table is not rebuilt, and what to do. */
export const refused = (table: string, reason: string, advice: string): MedallionError =>
  new MedallionError('MED_REFRESH_REFUSED', { table, reason, advice });

const NO_MORE = { compacted: [], files: [] };

/** What was removed cannot be processed again. @throws MED_REFRESH_REFUSED */
export function refuseLoss(
  table: string,
  missing: readonly MissingRange[],
  allowLoss: boolean,
  { compacted, files }: { readonly compacted: readonly string[]; readonly files: readonly MissingFiles[] } = NO_MORE,
): void {
  if (allowLoss || missing.length + compacted.length + files.length === 0) return;
  const reasons = [
    ...(missing.length === 0 ? [] : [`retention has removed ${missingText(missing)}`]),
    ...(files.length === 0 ? [] : [missingFilesText(files)]),
    ...compacted.map((topic) => `${topic} is compacted, so that it may only hold the newest row of each key`),
  ];
  throw refused(
    table,
    reasons.join('; '),
    'keep the table as it is; or rebuild it without those records, with --allow-loss',
  );
}

/** Members of groups, by the service that they are part of. */
export type Running = { readonly service: string; readonly group: string; readonly members: readonly string[] };

/** Flows of the table must not run. @throws MED_REFRESH_REFUSED */
export function refuseRunning(table: string, running: readonly Running[]): void {
  if (running.length === 0) return;
  const groups = running.map(({ group, members }) => `${group} (${members.join(', ')})`).join(', ');
  const services = [...new Set(running.map(({ service }) => service))].join(', ');
  throw refused(table, `its flows are running: ${groups}`, `stop ${services}, every instance, then try again`);
}
