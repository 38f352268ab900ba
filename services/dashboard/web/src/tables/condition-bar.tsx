import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Table } from '../api/contract.ts';
import { Icon } from '../components/icon.tsx';
import { title } from '../format/cells.ts';
import { type Condition, filterText, MOST_CONDITIONS, needsValue, OPERATORS, signOf } from './conditions.ts';

type ConditionBarProps = {
  readonly table: Table;
  readonly conditions: readonly Condition[];
  readonly onChange: (conditions: readonly Condition[]) => void;
};

/** What rows are narrowed by. */
export function ConditionBar({ table, conditions, onChange }: ConditionBarProps): JSX.Element {
  const [draft, setDraft] = useState<Condition>({ column: table.columns[0]?.name ?? '', operator: 'eq', value: '' });
  const set = (part: Partial<Condition>): void => setDraft({ ...draft, ...part });
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    onChange([...conditions, draft]);
    set({ value: '' });
  };
  return (
    <div class="conditions">
      <form class="row" onSubmit={add} aria-label="Narrow the rows">
        <select
          class="plain"
          aria-label="Column"
          value={draft.column}
          onChange={(e) => set({ column: e.currentTarget.value })}
        >
          {table.columns.map((column) => (
            <option key={column.name} value={column.name}>
              {title(column.name)}
            </option>
          ))}
        </select>
        <select
          class="plain"
          aria-label="Comparison"
          value={draft.operator}
          onChange={(e) => set({ operator: e.currentTarget.value })}
        >
          {OPERATORS.map(([name, sign]) => (
            <option key={name} value={name}>
              {sign}
            </option>
          ))}
        </select>
        {needsValue(draft.operator) && (
          <input
            class="plain"
            aria-label="Value"
            placeholder="Value"
            value={draft.value}
            onInput={(e) => set({ value: e.currentTarget.value })}
          />
        )}
        <button type="submit" class="button" disabled={conditions.length >= MOST_CONDITIONS}>
          Narrow
        </button>
      </form>
      {conditions.length > 0 && (
        <ul class="row" aria-label="Conditions">
          {conditions.map((condition, index) => (
            <li key={`${index} ${filterText(condition)}`} class="chip">
              {title(condition.column)} {signOf(condition.operator)}{' '}
              {needsValue(condition.operator) ? condition.value : ''}
              <button
                type="button"
                class="chip-button"
                aria-label={`Take away: ${title(condition.column)} ${signOf(condition.operator)} ${condition.value}`}
                onClick={() => onChange(conditions.filter((_, at) => at !== index))}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
