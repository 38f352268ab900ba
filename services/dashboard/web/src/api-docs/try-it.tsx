import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Scroller } from '../operator/parts/scroller.tsx';
import type { Parameter } from './description.ts';
import { isRequired, type Operation } from './operations.ts';
import { addressOf, type Values } from './request.ts';
import { type Shown, send } from './send.ts';
import { choicesOf } from './type-words.ts';

type TryItProps = {
  readonly of: Operation;
  readonly values: Values;
  readonly onValues: (values: Values) => void;
};

/** Asks what the page describes, with the session that the page has. */
export function TryIt({ of, values, onValues }: TryItProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState<Shown | null>(null);
  // The button stays enabled meanwhile: a disabled one would lose the focus.
  const ask = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setShown(await send(addressOf(of, values)));
    setBusy(false);
  };
  return (
    <form
      class="try-it"
      aria-label={`Try ${of.method} ${of.path}`}
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      {of.parameters.length > 0 && (
        <div class="parameters">
          {of.parameters.map((parameter) => (
            <Field
              key={parameter.name}
              of={parameter}
              value={values[parameter.name] ?? ''}
              onValue={(value) => onValues({ ...values, [parameter.name]: value })}
            />
          ))}
        </div>
      )}
      <div class="row">
        <button type="submit" class="button primary" aria-disabled={busy}>
          {busy ? 'Asking …' : 'Send'}
        </button>
        <code class="address">GET {addressOf(of, values)}</code>
      </div>
      <p role="status" class="answer-facts">
        {shown !== null && <Facts of={shown} />}
      </p>
      {shown !== null && shown.text !== '' && (
        <Scroller label={`Answer of ${of.method} ${of.path}`}>
          <pre>
            <code>{shown.text}</code>
          </pre>
        </Scroller>
      )}
      {shown?.cut && <p class="muted small">The answer goes on; this is its beginning.</p>}
    </form>
  );
}

const Facts = ({ of }: { of: Shown }): JSX.Element => (
  <>
    <strong class={`chip ${of.ok ? 'good' : 'bad'}`}>{of.status}</strong>
    <span>{of.ms} ms</span>
    {of.mediaType !== null && (
      <span>
        {of.mediaType}, {of.bytes.toLocaleString('en')} bytes
      </span>
    )}
    {of.etag !== null && (
      <span>
        ETag <code>{of.etag}</code>
      </span>
    )}
  </>
);

type FieldProps = {
  readonly of: Parameter;
  readonly value: string;
  readonly onValue: (value: string) => void;
};

/** The words that a parameter is one of; none where it is free. */
const wordsOf = ({ schema }: Parameter): readonly string[] =>
  schema.type === 'boolean'
    ? ['true', 'false']
    : choicesOf(schema).flatMap((each) => (each.enum ?? []).map((value) => String(value)));

function Field({ of, value, onValue }: FieldProps): JSX.Element {
  const id = useId();
  const { schema, name } = of;
  const required = isRequired(of);
  const words = wordsOf(of);
  const placeholder = String(
    schema.default ?? of.example ?? (schema.format === 'date-time' ? '2025-12-24T18:00:00Z' : ''),
  );
  const common = { id, name, required, value };
  return (
    <label class="field" for={id}>
      <span>
        {name}
        {required && <span class="required"> required</span>}
      </span>
      {words.length > 0 ? (
        <select {...common} onChange={(event) => onValue(event.currentTarget.value)}>
          <option value="">{required ? 'Choose one' : 'not given'}</option>
          {words.map((word) => (
            <option key={word} value={word}>
              {word}
            </option>
          ))}
        </select>
      ) : schema.type === 'array' ? (
        <textarea
          {...common}
          rows={2}
          placeholder="one in each line"
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      ) : (
        <input
          {...common}
          placeholder={placeholder}
          maxLength={schema.maxLength ?? 2_000}
          {...(schema.type === 'integer'
            ? { type: 'number', min: schema.minimum, max: schema.maximum }
            : { type: 'text', autocomplete: 'off', spellcheck: false })}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </label>
  );
}
