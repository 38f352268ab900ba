import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import { ROWS_PER_FILE } from '../files/virtual-offset.ts';
import { HistoryState } from '../keyed/history-state.ts';
import { KeyedFates } from '../keyed/keyed-fates.ts';
import { KeyedRows } from '../keyed/keyed-rows.ts';
import { type OpenState, openChangelog } from '../keyed/open-changelog.ts';
import { OverwritingState } from '../keyed/overwriting-state.ts';
import { sampleRow } from '../keyed/sample-row.ts';
import type { FlowParts } from '../layer-parts.ts';
import type { Appender, RowDecoder, RowEncoder } from '../ports/index.ts';
import { changelogWriterSchema } from '../protocol/changelog.ts';

/** What every flow of a keyed table works with. */
export type KeyedParts = {
  readonly rows: KeyedRows;
  readonly encoder: RowEncoder;
  readonly decoder: RowDecoder;
  readonly appender: Appender;
  /** The state of a partition of the changelog, and who writes to it. */
  readonly openState: OpenState;
};

/**
 * Registers the changelog's schema, and opens what writes to it. Records of the changelog have the name of the table's flow,
 * whoever writes them: its writers know each other by K1. `flow` is the one that has ledgers of its own.
 */
export async function keyedParts(
  table: KeyedTablePlan,
  flow: FlowPlan,
  { log, codecs, progress }: FlowParts,
): Promise<KeyedParts> {
  const rows = new KeyedRows(table);
  const schema = changelogWriterSchema(table);
  const encoder = await codecs.encoder(table.changelogTopic, schema);
  const decoder = await codecs.decoder(table.changelogTopic, schema);
  // Rows that this flow has just written are read before any was read from the log.
  await decoder.prepare([encoder.encode(sampleRow(schema))]);
  const appender = await log.appender();
  const newState = () => (table.storedAs === 1 ? new OverwritingState(rows) : new HistoryState(rows, encoder, decoder));
  const made = () => progress(flow.name).made();
  const scale = flow.source.kind === 'snapshot' ? ROWS_PER_FILE : 1;
  const newFates = () => new KeyedFates(flow.name, scale);
  const parts = { flow: table.flow.name, log, appender, decoder, newState, newFates, made };
  const openState: OpenState = (at, known, fence) => openChangelog(at, parts, known, fence);
  return { rows, encoder, decoder, appender, openState };
}
