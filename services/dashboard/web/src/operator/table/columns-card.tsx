import { Fragment, type JSX } from 'preact';
import type { Column, Lineage, Table } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { Card } from '../../components/card.tsx';
import { currentSearch, setSearch } from '../../router/router.ts';
import { apiPath } from '../addresses.ts';
import { Chosen } from '../lineage/lineage-page.tsx';
import { Answer } from '../parts/answer.tsx';
import { Scroller } from '../parts/scroller.tsx';

/** The columns of a table; the chosen one with its lineage. */
export function ColumnsCard({ pipeline, table }: { pipeline: string; table: Table }): JSX.Element {
  const chosen = currentSearch.value.get('column');
  const lineage = useResource<Lineage>(chosen === null ? null : apiPath(pipeline, ['lineage']));
  return (
    <Card title="Columns" note={`${table.columns.length}; choose one for its lineage`}>
      <Scroller label={`Columns of ${table.name}`}>
        <table class="plain-table">
          <caption class="visually-hidden">Columns of {table.name}</caption>
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col">Type</th>
              <th scope="col">What it is</th>
            </tr>
          </thead>
          <tbody>
            {table.columns.map((column) => (
              <Fragment key={column.name}>
                <ColumnRow column={column} isKey={table.key.includes(column.name)} chosen={column.name === chosen} />
                {column.name === chosen && (
                  <tr class="chosen">
                    <td colSpan={3}>
                      <Answer of={lineage} lines={5}>
                        {(found) => <Chosen pipeline={pipeline} lineage={found} table={table.name} column={chosen} />}
                      </Answer>
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </Scroller>
    </Card>
  );
}

const ColumnRow = ({ column, isKey, chosen }: { column: Column; isKey: boolean; chosen: boolean }): JSX.Element => (
  <tr class={chosen ? 'chosen' : ''}>
    <th scope="row">
      <button
        type="button"
        class="link"
        aria-pressed={chosen}
        onClick={() => setSearch({ column: chosen ? null : column.name })}
      >
        {column.name}
      </button>{' '}
      {isKey && <span class="chip">key</span>} {column.personal && <span class="chip accent">personal</span>}
    </th>
    <td>
      <code>{column.type}</code>
      {column.nullable && <span class="muted"> or null</span>}
    </td>
    <td>{column.comment}</td>
  </tr>
);
