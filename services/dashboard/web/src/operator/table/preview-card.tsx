import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Preview } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { Age } from '../../components/age.tsx';
import { Card } from '../../components/card.tsx';
import { type DataColumn, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Icon } from '../../components/icon.tsx';
import { cell, isNumeric } from '../../format/cells.ts';
import { zone } from '../../state/preferences.ts';
import { apiPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';

type Row = Preview['rows'][number];

const FROM: Readonly<Record<Preview['from'], string>> = {
  postgres: 'the newest rows in Postgres',
  topic: 'the end of its topic',
  nowhere: 'not kept anywhere',
};

/** The newest rows of a table; what is personal is masked by the service already. */
export function PreviewCard({ pipeline, table }: { pipeline: string; table: string }): JSX.Element {
  const preview = useResource<Preview>(apiPath(pipeline, ['tables', table, 'preview'], { limit: '20' }));
  const data = preview.data.value;
  return (
    <Card
      title="Preview"
      note={
        data === null ? undefined : (
          <>
            {FROM[data.from]}, read <Age at={preview.at.value} />
            {data.masked.length > 0 && ` · masked: ${data.masked.join(', ')}`}
          </>
        )
      }
      busy={preview.changing.value}
      actions={
        <button type="button" class="button quiet" onClick={() => void preview.reload()}>
          <Icon name="refresh" />
          Read anew
        </button>
      }
    >
      <div class="preview">
        <Answer of={preview} lines={9}>
          {(found) => <Rows of={found} />}
        </Answer>
      </div>
    </Card>
  );
}

function Rows({ of }: { of: Preview }): JSX.Element {
  const inZone = zone.value;
  const columns = useMemo(
    () =>
      of.columns.map(
        (column): DataColumn<Row> => ({
          key: column.name,
          label: column.name,
          hint: [column.type, column.comment].filter(Boolean).join(': '),
          numeric: isNumeric(column.type),
          type: column.type,
          value: (row) => row[column.name],
          show: (row) => <span class="cell">{cell(row[column.name], column.type, inZone)}</span>,
        }),
      ),
    [of.columns, inZone],
  );
  if (of.rows.length === 0)
    return (
      <EmptyState title="There are no rows to show">
        {of.from === 'nowhere' ? 'A view is declared, but never stored.' : 'None has come yet.'}
      </EmptyState>
    );
  return (
    <DataTable
      caption={`Newest rows of ${of.table}`}
      captionHidden
      columns={columns}
      rows={of.rows}
      rowKey={(_, i) => String(i)}
    />
  );
}
