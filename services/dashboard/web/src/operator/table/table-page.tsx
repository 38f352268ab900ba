import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Expectation, Status, SubjectSchemas, Table } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { Moment } from '../../components/age.tsx';
import { Card } from '../../components/card.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { duration } from '../../format/durations.ts';
import { count, perSecond } from '../../format/numbers.ts';
import { path } from '../../router/match.ts';
import { currentSearch } from '../../router/router.ts';
import { pipelines } from '../../state/pipelines.ts';
import { apiPath, sectionPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { RuleTable } from '../quality/expectations-page.tsx';
import { SubjectCard } from '../schemas/schemas-page.tsx';
import { freshnessText, kindText, lagText } from '../words.ts';
import { ColumnsCard } from './columns-card.tsx';
import { PreviewCard } from './preview-card.tsx';

type TablePageProps = {
  readonly pipeline: string;
  readonly table: string;
  readonly status: ReadonlySignal<Status | null>;
};

/** All that is known of one table. */
export function TablePage({ pipeline, table, status }: TablePageProps): JSX.Element {
  const declared =
    pipelines.value?.find(({ name }) => name === pipeline)?.tables.find(({ name }) => name === table) ?? null;
  const chosenSubject = currentSearch.value.get('subject');
  const rules = useResource<readonly Expectation[]>(apiPath(pipeline, ['expectations']));
  const schemas = useResource<readonly SubjectSchemas[]>(apiPath(pipeline, ['schemas']));
  return (
    <div class="stack fit">
      <StatusCard pipeline={pipeline} table={table} declared={declared} status={status.value} />
      <PreviewCard pipeline={pipeline} table={table} />
      {declared !== null && <ColumnsCard pipeline={pipeline} table={declared} />}
      <Card title="Rules" note="what each row is judged by">
        <Answer of={rules} lines={4}>
          {(all) => <RuleTable pipeline={pipeline} rules={all.filter((rule) => rule.table === table)} />}
        </Answer>
      </Card>
      <Answer of={schemas} lines={4}>
        {(all) => {
          const own = all.filter((subject) => subject.table === table);
          if (own.length === 0) return <EmptyState title="No schema of it is in the registry" />;
          return own.map((subject) => (
            <SubjectCard key={subject.subject} of={subject} open={subject.subject === chosenSubject} />
          ));
        }}
      </Answer>
    </div>
  );
}

type StatusCardProps = {
  readonly pipeline: string;
  readonly table: string;
  readonly declared: Table | null;
  readonly status: Status | null;
};

/** How the table is now, and what it is. */
function StatusCard({ pipeline, table, declared, status }: StatusCardProps): JSX.Element {
  const now = status?.tables.find((each) => each.table === table) ?? null;
  return (
    <Card
      title={declared?.comment ?? 'Now'}
      {...(declared === null ? {} : { note: `${declared.layer}, ${kindText(declared.kind)}` })}
      actions={
        <>
          {declared?.stored && (
            <a class="button quiet" href={path('pipelines', pipeline, 'tables', table)}>
              Rows and chart
            </a>
          )}
          <a class="button quiet" href={sectionPath(pipeline, 'quarantine', { table })}>
            Quarantine
          </a>
          <a class="button quiet" href={sectionPath(pipeline, 'lineage', { table })}>
            Lineage
          </a>
        </>
      }
    >
      <div class="stack table-now">
        <p class="now-line">
          {now === null ? (
            <span class="muted">{status === null ? 'Looking …' : 'Nothing is known of it'}</span>
          ) : (
            <StateBadge state={now.state} />
          )}{' '}
          <span>{now?.why}</span>
        </p>
        <Facts>
          <Fact name="Rows">{perSecond(now?.rowsPerSecond)}</Fact>
          <Fact name="Lag">{now === null ? '–' : lagText(now)}</Fact>
          <Fact name="Complete up to">
            <Moment at={now?.watermark ?? null} />
          </Fact>
          <Fact name="Newest row">{freshnessText(now?.freshness ?? null)}</Fact>
          <Fact name="Accepted">{count(now?.accepted)}</Fact>
          <Fact name="Quarantined">{count(now?.quarantined)}</Fact>
          {declared?.windowMs != null && <Fact name="Windows">{duration(declared.windowMs / 1000)}</Fact>}
          {declared !== null && declared.key.length > 0 && <Fact name="Key">{declared.key.join(', ')}</Fact>}
          {declared?.topic != null && (
            <Fact name="Topic">
              <code>{declared.topic}</code>
            </Fact>
          )}
          {Object.entries(declared?.tags ?? {}).map(([name, value]) => (
            <Fact key={name} name={name}>
              {value}
            </Fact>
          ))}
        </Facts>
      </div>
    </Card>
  );
}
