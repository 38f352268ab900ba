import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { RedrivePage } from '../../api/contract.ts';
import { Age, Moment } from '../../components/age.tsx';
import { Card } from '../../components/card.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { currentSearch } from '../../router/router.ts';
import { apiPath, tablePath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { Choice } from '../parts/filters.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { paced } from '../parts/paced.ts';
import { usePages } from '../parts/use-pages.tsx';
import type { Tone } from '../states.ts';
import { kindText } from '../words.ts';
import { placeText } from './selection.ts';

const PACE_MS = 2_000;
type Redrive = RedrivePage['redrives'][number];

const STATES: Readonly<
  Record<Redrive['state'], { readonly tone: Tone; readonly icon: IconName; readonly word: string }>
> = {
  waiting: { tone: 'warn', icon: 'clock', word: 'waits to be sent' },
  sent: { tone: 'good', icon: 'circle-check', word: 'given to its flow, not refused' },
  refused: { tone: 'bad', icon: 'octagon', word: 'refused again' },
};

/** What was redriven, newest first, and what became of it. */
export function RedrivesPage({ pipeline }: { pipeline: string }): JSX.Element {
  const table = currentSearch.value.get('table');
  const merge = useMemo(() => paced(PACE_MS), []);
  const pages = usePages<RedrivePage>(apiPath(pipeline, ['redrives'], { table }), {
    pipeline,
    channel: 'status',
    merge,
  });
  return (
    <Card title="Redriven records" note="newest first">
      <Answer of={pages.first} lines={8}>
        {() => {
          const rows = pages.pages.flatMap((page) => page.redrives);
          return (
            <>
              <div class="row filters">
                <Choice
                  label="Table"
                  name="table"
                  value={table}
                  options={[...new Set(rows.map(({ place }) => place.table))]}
                />
              </div>
              {rows.length === 0 ? (
                <EmptyState title="Nothing was redriven">
                  Rows in quarantine can be processed again from there.
                </EmptyState>
              ) : (
                <RedriveTable pipeline={pipeline} rows={rows} />
              )}
              <MoreButton of={pages} />
            </>
          );
        }}
      </Answer>
    </Card>
  );
}

const RedriveTable = ({ pipeline, rows }: { pipeline: string; rows: readonly Redrive[] }): JSX.Element => (
  <DataTable<Redrive>
    caption="Redriven records and what became of them"
    captionHidden
    rows={rows}
    rowKey={(row) => String(row.id)}
    columns={[
      {
        ...{ key: 'at', label: 'Asked for', value: (row) => row.requestedAt },
        show: (row) => (
          <>
            <Moment at={row.requestedAt} /> <span class="muted">{row.requestedBy}</span>
          </>
        ),
      },
      {
        key: 'place',
        label: 'Record',
        value: (row) => placeText(row.place),
        show: (row) => <code>{placeText(row.place)}</code>,
      },
      {
        key: 'table',
        label: 'Table',
        value: (row) => row.place.table,
        show: (row) => <a href={tablePath(pipeline, row.place.table)}>{row.place.table}</a>,
      },
      { key: 'sent', label: 'Sent', value: (row) => row.sentAt, show: (row) => <Age at={row.sentAt} /> },
      {
        ...{ key: 'state', label: 'What became of it', value: (row) => row.state },
        show: (row) => (
          <span class={`tone ${STATES[row.state].tone} state-badge`}>
            <Icon name={STATES[row.state].icon} />
            {STATES[row.state].word}
            {row.outcome !== null && `: ${[kindText(row.outcome), row.rules.join(', ')].filter(Boolean).join(', ')}`}
          </span>
        ),
      },
    ]}
  />
);
