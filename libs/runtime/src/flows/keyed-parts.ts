import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import type { ChangelogWriter } from '../keyed/changelog-writer.ts';
import { HistoryState } from '../keyed/history-state.ts';
import { KeyedRows } from '../keyed/keyed-rows.ts';
import type { KeyedState } from '../keyed/keyed-state.ts';
import { openChangelog } from '../keyed/open-changelog.ts';
import { OverwritingState } from '../keyed/overwriting-state.ts';
import { sampleRow } from '../keyed/sample-row.ts';
import type { FlowParts } from '../layer-parts.ts';
import type { Appender, Offset, RowDecoder, RowEncoder, TopicPartition } from '../ports/index.ts';
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

/** Opens a partition of a changelog that had this end, or more, at the last checkpoint. */
type OpenState = (
  at: TopicPartition,
  known: Offset | null,
) => Promise<{ readonly state: KeyedState; readonly writer: ChangelogWriter }>;

/** Registers the changelog's schema, and opens what writes to it. */
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
  const openState: OpenState = (at, known) =>
    openChangelog(at, { flow: flow.name, log, appender, decoder, newState, made }, known);
  return { rows, encoder, decoder, appender, openState };
}
