import type { JSX } from 'preact';
import { setSearch } from '../../router/router.ts';

type ChoiceProps = {
  readonly label: string;
  /** The name in the address. */
  readonly name: string;
  readonly value: string | null;
  readonly options: readonly string[];
  /** What is said for no choice. */
  readonly all?: string;
  /** Other names in the address that make no sense with another choice. */
  readonly resets?: readonly string[];
};

/** A filter that the address keeps, so that it can be shared. A value that is not among the options stays on show. */
export function Choice({ label, name, value, options, all = 'all', resets = [] }: ChoiceProps): JSX.Element {
  const shown = value === null || options.includes(value) ? options : [value, ...options];
  return (
    <label class="field">
      {label}
      <select
        value={value ?? ''}
        onChange={(event) =>
          setSearch({ ...Object.fromEntries(resets.map((each) => [each, null])), [name]: event.currentTarget.value })
        }
      >
        <option value="">{all}</option>
        {shown.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
