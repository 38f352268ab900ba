import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Column, Row } from '../api/contract.ts';
import { cell, isNumeric } from '../format/cells.ts';
import { NONE } from '../format/numbers.ts';
import { labelOf, unitOf, withUnit } from '../format/units.ts';
import { zone } from '../state/preferences.ts';
import { type DataColumn, DataTable } from './data-table.tsx';
import type { Sort } from './sort.ts';

type RowTableProps = {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly sort?: Sort | null;
  readonly onSort?: (sort: Sort | null) => void;
  readonly class?: string;
  readonly sortable?: boolean;
  readonly captionHidden?: boolean;
};

function Cell({ value, column }: { value: unknown; column: Column }): JSX.Element {
  if (value === null || value === undefined) return <span class="muted">{NONE}</span>;
  if (column.name === 'is_final')
    return value === true ? <span class="chip">final</span> : <span class="chip accent">provisional</span>;
  const unit = unitOf(column.name);
  const text =
    typeof value === 'number' && unit !== null ? withUnit(value, unit) : cell(value, column.type, zone.value);
  // What is cut for want of room can still be read.
  return text.length > 40 ? <span title={text.slice(0, 2_000)}>{text}</span> : <span>{text}</span>;
}

const columnOf = (column: Column): DataColumn<Row> => ({
  key: column.name,
  label: labelOf(column.name),
  hint: [column.comment, `${column.name}, ${column.type}`, column.personal ? 'personal: shown masked' : null]
    .filter((part) => part !== null)
    .join(' · '),
  numeric: isNumeric(column.type),
  type: column.type,
  value: (row) => row[column.name],
  show: (row) => <Cell value={row[column.name]} column={column} />,
});

/** Rows of any table, each value by the type of its column. */
export function RowTable({ caption, columns, rows, ...more }: RowTableProps): JSX.Element {
  const shown = useMemo(() => columns.map(columnOf), [columns]);
  return <DataTable caption={caption} columns={shown} rows={rows} rowKey={(_, index) => String(index)} {...more} />;
}
