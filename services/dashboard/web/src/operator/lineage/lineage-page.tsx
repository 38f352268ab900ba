import type { JSX } from 'preact';
import type { Lineage } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { Card } from '../../components/card.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { currentSearch } from '../../router/router.ts';
import { pipelines } from '../../state/pipelines.ts';
import { apiPath, sectionPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { Choice } from '../parts/filters.tsx';
import { type ColumnName, type Step, walk } from './column-walk.ts';
import { LineagePicture } from './lineage-picture.tsx';

/** Where columns come from and what comes of them. */
export function LineagePage({ pipeline }: { pipeline: string }): JSX.Element {
  const lineage = useResource<Lineage>(apiPath(pipeline, ['lineage']));
  const search = currentSearch.value;
  const table = search.get('table');
  const column = search.get('column');
  return (
    <Card title="Lineage" note="choose a table and a column for all that leads to it and comes of it">
      <Answer of={lineage} lines={8}>
        {(found) => (
          <>
            <div class="row filters">
              <Choice label="Table" name="table" value={table} options={tablesOf(found)} resets={['column']} />
              <Choice
                label="Column"
                name="column"
                value={column}
                all={table === null ? 'choose a table first' : 'none chosen'}
                options={columnsOf(pipeline, table, found)}
              />
            </div>
            <Chosen pipeline={pipeline} lineage={found} table={table} column={column} />
          </>
        )}
      </Answer>
    </Card>
  );
}

type ChosenProps = {
  readonly pipeline: string;
  readonly lineage: Lineage;
  readonly table: string | null;
  readonly column: string | null;
};

/** The lineage of a column in a picture and in words; without a column that of the tables. */
export function Chosen({ pipeline, lineage, table, column }: ChosenProps): JSX.Element {
  if (lineage.tables.length === 0) return <EmptyState title="Nothing is known of what feeds what" />;
  const chosen = table === null || column === null ? null : { table, column };
  return (
    <>
      <LineagePicture pipeline={pipeline} lineage={lineage} chosen={chosen} table={table} />
      {chosen !== null && (
        <div class="lineage-words">
          <Steps
            pipeline={pipeline}
            title={`Leads to ${chosen.column}`}
            none="Nothing: it begins here"
            steps={walk(lineage.columns, chosen, 'to')}
          />
          <Steps
            pipeline={pipeline}
            title={`Comes of ${chosen.column}`}
            none="Nothing: it ends here"
            steps={walk(lineage.columns, chosen, 'from')}
          />
        </div>
      )}
    </>
  );
}

/** The address of a column's lineage. */
export const columnPath = (pipeline: string, { table, column }: ColumnName): string =>
  sectionPath(pipeline, 'lineage', { table, column });

type StepsProps = {
  readonly pipeline: string;
  readonly title: string;
  readonly none: string;
  readonly steps: readonly Step[];
};

const Steps = ({ pipeline, title, none, steps }: StepsProps): JSX.Element => (
  <section>
    <h3>{title}</h3>
    {steps.length === 0 ? (
      <p class="muted small">{none}</p>
    ) : (
      <ol class="small">
        {steps.map((step) => (
          <li key={`${step.table} ${step.column}`}>
            <a href={columnPath(pipeline, step)}>
              {step.table}.{step.column}
            </a>{' '}
            <span class="muted">{step.steps === 1 ? 'directly' : `in ${step.steps} steps`}</span>
          </li>
        ))}
      </ol>
    )}
  </section>
);

const tablesOf = ({ tables }: Lineage): readonly string[] => [
  ...new Set(tables.flatMap(({ source, target }) => [source, target])),
];

/** All columns of a table: those of the catalogue, and of sources those that something is made of. */
function columnsOf(pipeline: string, table: string | null, { columns }: Lineage): readonly string[] {
  const declared = pipelines.value?.find(({ name }) => name === pipeline)?.tables.find(({ name }) => name === table);
  const named = columns.flatMap((edge) => [
    ...(edge.source === table ? [edge.sourceColumn] : []),
    ...(edge.target === table ? [edge.targetColumn] : []),
  ]);
  return [...new Set([...(declared?.columns.map(({ name }) => name) ?? []), ...named])];
}
