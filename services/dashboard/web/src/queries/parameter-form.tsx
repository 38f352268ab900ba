import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Overview, QueryInfo, QueryParameters } from '../api/contract.ts';
import { useResource } from '../api/resource.ts';
import { fromInput, toInput } from '../format/input-instant.ts';
import { zone } from '../state/preferences.ts';

type FormProps = {
  readonly info: QueryInfo;
  readonly parameters: QueryParameters;
  readonly onAsk: (parameters: QueryParameters) => void;
};

type ParameterName = QueryInfo['parameters'][number];

const LABELS: Readonly<Record<ParameterName, string>> = {
  from: 'From',
  to: 'To',
  region: 'Region',
  gift_type: 'Gift type',
  city: 'City',
  limit: 'Rows at most',
};

const QUICK = [
  { label: '15 min', minutes: 15 },
  { label: '1 h', minutes: 60 },
  { label: '3 h', minutes: 180 },
  { label: '24 h', minutes: 1_440 },
];

/** The values that a day has shown, to be chosen from. */
function useKnownValues(): Readonly<Partial<Record<ParameterName, readonly string[]>>> {
  const { data } = useResource<Overview>('/api/overview?minutes=1440');
  const overview = data.value;
  if (overview === null) return {};
  return {
    region: overview.regions.map((each) => each.region).sort(),
    gift_type: overview.giftTypes.map((each) => each.giftType).sort(),
    city: overview.cities.map((each) => each.city).sort(),
  };
}

/** What a query is asked with. */
export function ParameterForm({ info, parameters, onAsk }: FormProps): JSX.Element {
  const [draft, setDraft] = useState(parameters);
  useEffect(() => setDraft(parameters), [parameters]);
  const values = useKnownValues();
  const ask = (event: SubmitEvent): void => {
    event.preventDefault();
    onAsk(draft);
  };
  const quick = (minutes: number): void => {
    const { to: _, ...rest } = draft;
    onAsk({ ...rest, from: new Date(Date.now() - minutes * 60_000).toISOString() });
  };
  return (
    <form class="parameters" onSubmit={ask} aria-label="Parameters">
      {info.parameters.map((name) => (
        <Field key={name} name={name} draft={draft} values={values[name] ?? []} onChange={setDraft} />
      ))}
      <div class="row">
        <button type="submit" class="button primary">
          Ask
        </button>
        <button type="button" class="button" onClick={() => onAsk({})}>
          Reset
        </button>
        {info.parameters.includes('from') && (
          <span class="row quick">
            <span class="muted tiny">Since</span>
            {QUICK.map(({ label, minutes }) => (
              <button key={label} type="button" class="button quiet" onClick={() => quick(minutes)}>
                {label}
              </button>
            ))}
          </span>
        )}
      </div>
    </form>
  );
}

type FieldProps = {
  readonly name: ParameterName;
  readonly draft: QueryParameters;
  readonly values: readonly string[];
  readonly onChange: (draft: QueryParameters) => void;
};

function Field({ name, draft, values, onChange }: FieldProps): JSX.Element {
  const set = (value: string | number | undefined): void => {
    const { [name]: _, ...rest } = draft;
    onChange(value === undefined || value === '' ? rest : { ...rest, [name]: value });
  };
  if (name === 'from' || name === 'to')
    return (
      <label class="field">
        {LABELS[name]} {zone.value === 'utc' ? '(UTC)' : ''}
        <input
          type="datetime-local"
          value={toInput(draft[name], zone.value)}
          onChange={(event) => set(fromInput(event.currentTarget.value, zone.value))}
        />
      </label>
    );
  if (name === 'limit')
    return (
      <label class="field">
        {LABELS.limit}
        <input
          type="number"
          min={1}
          max={10_000}
          value={draft.limit ?? ''}
          onInput={(event) => set(event.currentTarget.value === '' ? undefined : event.currentTarget.valueAsNumber)}
        />
      </label>
    );
  const current = draft[name];
  const options = current === undefined || values.includes(current) ? values : [current, ...values];
  return (
    <label class="field">
      {LABELS[name]}
      <select value={current ?? ''} onChange={(event) => set(event.currentTarget.value)}>
        <option value="">All</option>
        {options.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    </label>
  );
}
