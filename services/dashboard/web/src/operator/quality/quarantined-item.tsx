import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { QuarantinedRow } from '../../api/contract.ts';
import { Age, Moment } from '../../components/age.tsx';
import { Icon } from '../../components/icon.tsx';
import { canChoose, placeText } from '../redrive/selection.ts';
import { kindText } from '../words.ts';

type ItemProps = {
  readonly row: QuarantinedRow;
  /** Whether it is said of which table it was kept out; not where all are of one. */
  readonly named: boolean;
  readonly chosen: boolean;
  /** Null where nothing can be chosen. */
  readonly onChoose: (() => void) | null;
};

/** One refused row; opened, everything that is known of it. All of it is text, whatever it says. */
export function QuarantinedItem({ row, named, chosen, onChoose }: ItemProps): JSX.Element {
  const [open, setOpen] = useState(false);
  const place = placeText(row.place);
  return (
    <li class={chosen ? 'chosen' : ''}>
      <div class="quarantine-row">
        <input
          type="checkbox"
          aria-label={`Choose ${place}`}
          checked={chosen}
          disabled={onChoose === null || !canChoose(row)}
          onChange={() => onChoose?.()}
        />
        <button type="button" class="opener" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? 'chevron-down' : 'chevron-right'} />
          <code>{place}</code>
        </button>
        <span class="outcome">
          {named && <span class="muted small">not in {row.place.table}:</span>}
          <span class="chip warn">{kindText(row.outcome)}</span>
          {row.rules.map((rule) => (
            <span key={rule} class="chip">
              {rule}
            </span>
          ))}
        </span>
        <span class="muted small when">
          <Moment at={row.ingestedAt} /> · <Age at={row.ingestedAt} />
        </span>
        {row.redrivenAt !== null && (
          <span class="chip good">
            <Icon name="check" />
            redriven {row.redrivenBy === null ? '' : `by ${row.redrivenBy}`}
          </span>
        )}
      </div>
      {open && <Details row={row} />}
    </li>
  );
}

function Details({ row }: { row: QuarantinedRow }): JSX.Element {
  const { table, topic, partition, offset, index, flow } = row.place;
  const headers = Object.entries(row.headers);
  return (
    <div class="quarantine-details">
      <p class="small">{row.reason}</p>
      {row.violations.length > 0 && (
        <ul class="violations small">
          {row.violations.map((violation) => (
            <li key={String(violation.expectation)}>
              <strong>{String(violation.expectation)}</strong> {text(violation.rule)}{' '}
              <span class="muted">{text(violation.action)}</span>
            </li>
          ))}
        </ul>
      )}
      <dl class="facts">
        <Coordinate name="Table" value={table} />
        <Coordinate name="Topic" value={topic} />
        <Coordinate name="Partition" value={String(partition)} />
        <Coordinate name="Offset" value={String(offset)} />
        <Coordinate name="Row of the record" value={String(index)} />
        <Coordinate name="Flow" value={flow} />
        {row.key !== null && <Coordinate name="Key" value={row.key} />}
      </dl>
      {row.row !== null && <Json title="Row" value={JSON.stringify(row.row, null, 2)} />}
      {row.value === null ? (
        <p class="muted small">
          The bytes are not shown: there are none, or there is something personal in them, or they are for operators
          alone.
        </p>
      ) : (
        <Json
          title={`Bytes${row.value.startsWith('base64:') ? ', which are no text' : ''}${row.cut ? ', cut' : ''}`}
          value={row.value}
        />
      )}
      {headers.length > 0 && (
        <Json title="Headers" value={headers.map(([name, value]) => `${name}: ${value}`).join('\n')} />
      )}
    </div>
  );
}

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

const Coordinate = ({ name, value }: { name: string; value: string }): JSX.Element => (
  <div>
    <dt>{name}</dt>
    <dd>
      <code>{value}</code>
    </dd>
  </div>
);

const Json = ({ title, value }: { title: string; value: string }): JSX.Element => (
  <figure class="bytes">
    <figcaption class="muted tiny">{title}</figcaption>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
    <pre tabIndex={0}>{value}</pre>
  </figure>
);
