import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Expectation, QuarantinePage as QuarantineAnswer } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { Age } from '../../components/age.tsx';
import { Card } from '../../components/card.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Icon } from '../../components/icon.tsx';
import { count } from '../../format/numbers.ts';
import { currentSearch } from '../../router/router.ts';
import { apiPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { Choice } from '../parts/filters.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { usePages } from '../parts/use-pages.tsx';
import { RedrivePanel } from '../redrive/redrive-panel.tsx';
import {
  canChoose,
  isChosen,
  NOTHING,
  pageToggled,
  placeKey,
  type Scope,
  type Selection,
  toggled,
} from '../redrive/selection.ts';
import { counted } from '../words.ts';
import { QuarantinedItem } from './quarantined-item.tsx';

/** More are not counted. */
const COUNTED = 10_000;
const OUTCOMES = [
  'violation',
  'dropped',
  'late',
  'future',
  'duplicate',
  'unparseable',
  'undecodable',
  'derive_failed',
  'unstorable',
];

/** Refused rows with what they broke and where they came from; and the way back for them. */
export function QuarantinePage({ pipeline }: { pipeline: string }): JSX.Element {
  const search = currentSearch.value;
  const [table, rule, outcome] = [search.get('table'), search.get('rule'), search.get('outcome')];
  const rules = useResource<readonly Expectation[]>(apiPath(pipeline, ['expectations']));
  const known = rules.data.value ?? [];
  const pages = usePages<QuarantineAnswer>(apiPath(pipeline, ['quarantine'], { table, rule, outcome, limit: '25' }));
  return (
    <Card
      title="Quarantined rows"
      note={
        <>
          newest first, read <Age at={pages.first.at.value} />
        </>
      }
      busy={pages.first.changing.value}
      actions={
        <button type="button" class="button quiet" onClick={() => void pages.first.reload()}>
          <Icon name="refresh" />
          Read anew
        </button>
      }
    >
      <div class="stack fit">
        <div class="row filters">
          <Choice
            label="Table"
            name="table"
            value={table}
            options={[...new Set(known.map((each) => each.table))]}
            resets={['rule']}
          />
          <Choice
            label="Rule"
            name="rule"
            value={rule}
            options={[
              ...new Set(known.filter((each) => table === null || each.table === table).map((each) => each.rule)),
            ]}
          />
          <Choice label="Outcome" name="outcome" value={outcome} options={OUTCOMES} />
        </div>
        <Answer of={pages.first} lines={10}>
          {(first) =>
            first.rows.length === 0 ? (
              <EmptyState title="No row is in quarantine here">
                Rows that break a rule come here with the rules that they broke.
              </EmptyState>
            ) : (
              <>
                <Rows
                  key={`${table} ${rule} ${outcome}`}
                  pipeline={pipeline}
                  scope={table === null ? null : { table, rule, outcome }}
                  pages={pages.pages}
                  onRedriven={() => void pages.first.reload()}
                />
                <MoreButton of={pages} />
              </>
            )
          }
        </Answer>
      </div>
    </Card>
  );
}

type RowsProps = {
  readonly pipeline: string;
  /** Null where rows of several tables are on show: a redrive is of one. */
  readonly scope: Scope | null;
  readonly pages: readonly QuarantineAnswer[];
  readonly onRedriven: () => void;
};

function Rows({ pipeline, scope, pages, onRedriven }: RowsProps): JSX.Element {
  const [selection, select] = useState<Selection>(NOTHING);
  const rows = pages.flatMap((page) => page.rows);
  const total = pages[0]?.total ?? rows.length;
  const free = rows.filter(canChoose);
  const all = free.length > 0 && free.every((row) => isChosen(selection, row));
  return (
    <>
      <div class="quarantine-head">
        <label class="check">
          <input
            type="checkbox"
            checked={all}
            disabled={scope === null || free.length === 0}
            onChange={() => select(pageToggled(selection, rows))}
          />
          The {counted(rows.length, 'row')} on show
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={selection.kind === 'all'}
            disabled={scope === null}
            onChange={() => select(selection.kind === 'all' ? NOTHING : { kind: 'all' })}
          />
          All that match: {total >= COUNTED ? `${count(COUNTED)} or more` : count(total)}
        </label>
        {scope === null && <span class="muted small">Choose a table to redrive rows of it.</span>}
      </div>
      <ol class="quarantine-list" aria-label="Quarantined rows, newest first">
        {rows.map((row) => (
          <QuarantinedItem
            key={placeKey(row.place)}
            row={row}
            named={scope === null}
            chosen={isChosen(selection, row)}
            onChoose={scope === null ? null : () => select(toggled(selection, row, rows))}
          />
        ))}
      </ol>
      {scope !== null && (
        <RedrivePanel
          pipeline={pipeline}
          scope={scope}
          selection={selection}
          onRedriven={() => {
            select(NOTHING);
            onRedriven();
          }}
        />
      )}
    </>
  );
}
