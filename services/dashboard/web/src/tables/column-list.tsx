import type { JSX } from 'preact';
import type { Column, Table } from '../api/contract.ts';
import { DataTable } from '../components/data-table.tsx';

const roleOf = (table: Table, column: Column): string => {
  if (table.key.includes(column.name)) return 'key';
  return table.measures.includes(column.name) ? 'measure' : '';
};

/** What the columns of a table hold. */
export const ColumnList = ({ table }: { table: Table }): JSX.Element => (
  <DataTable
    caption="Columns"
    captionHidden
    columns={[
      { key: 'name', label: 'Name', value: (row: Column) => row.name, show: (row) => <code>{row.name}</code> },
      {
        key: 'type',
        label: 'Type',
        value: (row) => row.type,
        show: (row) => `${row.type}${row.nullable ? '' : ', never null'}`,
      },
      { key: 'role', label: 'Role', value: (row) => roleOf(table, row), show: (row) => roleOf(table, row) },
      {
        key: 'comment',
        label: 'What it holds',
        value: (row) => row.comment,
        show: (row) => (
          <>
            {row.comment ?? ''} {row.personal && <span class="chip warn">personal, masked</span>}
          </>
        ),
      },
    ]}
    rows={table.columns}
    rowKey={(row) => row.name}
  />
);
