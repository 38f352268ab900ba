import { contentHash } from '@medallion/operators';
import { type ChangeByKey, history as historyOf, overwritten as overwrittenBy } from '../oracle/changes-by-key.ts';

/** A change as it was sent. */
export type SentChange = {
  readonly id: string;
  readonly seq: number;
  readonly gone: boolean;
  readonly name: string | null;
  readonly note: string | null;
};

/** A row of type 1, or a version of type 2 with `from` and `to`. */
export type OracleRow = {
  readonly id: string;
  readonly seq: number;
  readonly name: string | null;
  readonly note: string | null;
  readonly from?: number;
  readonly to?: number | null;
};

const contentOf = contentHash(['id', 'seq', 'name', 'note']);

/** A change as the oracle of all tables by key takes it. */
export const changeOf = (change: SentChange): ChangeByKey<SentChange> => ({
  key: change.id,
  sequence: change.seq,
  row: change.gone ? null : change,
  content: contentOf(change),
});

const shown = ({ id, seq, name, note }: SentChange): OracleRow => ({ id, seq, name, note });

/** The table of type 1 that these changes make. */
export const overwritten = (sent: readonly SentChange[]): OracleRow[] => overwrittenBy(sent.map(changeOf)).map(shown);

/** The table of type 2 that these changes make; `name` is tracked. */
export const history = (sent: readonly SentChange[]): OracleRow[] =>
  historyOf(sent.map(changeOf), (a, b) => a.name === b.name).map(({ row, from, to }) => ({ ...shown(row), from, to }));
