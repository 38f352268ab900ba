import type { JSX } from 'preact';
import type { SubjectSchemas } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { Card } from '../../components/card.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { currentSearch, setSearch } from '../../router/router.ts';
import { apiPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { Choice } from '../parts/filters.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { compared, type FieldChange } from './avro-fields.ts';

/** The subjects of the registry: their versions, and what each changed. */
export function SchemasPage({ pipeline }: { pipeline: string }): JSX.Element {
  const all = useResource<readonly SubjectSchemas[]>(apiPath(pipeline, ['schemas']));
  const chosen = currentSearch.value.get('subject');
  return (
    <Answer of={all} lines={8}>
      {(subjects) =>
        subjects.length === 0 ? (
          <EmptyState title="No schema is registered yet">They are when the services start.</EmptyState>
        ) : (
          <>
            <div class="row filters">
              <Choice
                label="Subject"
                name="subject"
                value={chosen}
                options={subjects.map(({ subject }) => subject)}
                resets={['version']}
              />
            </div>
            {subjects
              .filter(({ subject }) => chosen === null || subject === chosen)
              .map((subject) => (
                <SubjectCard key={subject.subject} of={subject} open={subject.subject === chosen} />
              ))}
          </>
        )
      }
    </Answer>
  );
}

type SubjectProps = { readonly of: SubjectSchemas; readonly open: boolean };

/** One subject; opened, the chosen version field by field, beside the one before it. */
export function SubjectCard({ of, open }: SubjectProps): JSX.Element {
  const versions = of.versions.toSorted((a, b) => b.version - a.version);
  const wanted = Number(currentSearch.value.get('version'));
  const shown = versions.find(({ version }) => version === wanted) ?? versions[0];
  const before = versions.find(({ version }) => shown !== undefined && version < shown.version);
  return (
    <Card title={of.subject} note={`${of.table} · compatibility ${of.compatibility ?? 'as the registry has it'}`}>
      <ol class="versions">
        {versions.map(({ version, id, changes }) => (
          <li key={version}>
            <button
              type="button"
              class="link"
              aria-pressed={open && version === shown?.version}
              onClick={() => setSearch({ subject: of.subject, version: String(version) })}
            >
              Version {version}
            </button>
            <span class="muted small">id {id}</span>
            <span class="small">
              {changes.length === 0
                ? version === versions.at(-1)?.version
                  ? 'the first'
                  : 'no change of its fields'
                : changes.join('; ')}
            </span>
          </li>
        ))}
      </ol>
      {open && shown !== undefined && (
        <FieldTable
          label={`Version ${shown.version}`}
          fields={compared(before?.schema ?? shown.schema, shown.schema)}
          before={before?.version ?? null}
        />
      )}
    </Card>
  );
}

const CHANGE_WORDS: Readonly<Record<FieldChange['change'], string>> = {
  added: '+ added',
  removed: '− removed',
  changed: '± changed',
  same: '',
};

const FieldTable = ({
  label,
  fields,
  before,
}: {
  label: string;
  fields: readonly FieldChange[];
  before: number | null;
}): JSX.Element => (
  <Scroller label={`Fields of ${label}`}>
    <table class="plain-table">
      <caption class="small muted">
        {label}
        {before !== null && `, beside version ${before}`}
      </caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Type</th>
          <th scope="col">Before</th>
          <th scope="col">Change</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <tr key={field.name} class={field.change === 'same' ? '' : `field-${field.change}`}>
            <th scope="row">{field.name}</th>
            <td>
              <code>{field.after ?? ''}</code>
            </td>
            <td>{field.change === 'changed' || field.change === 'removed' ? <code>{field.before}</code> : ''}</td>
            <td>{CHANGE_WORDS[field.change]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroller>
);
