import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import { Prose } from '../components/prose.tsx';
import { Scroller } from '../operator/parts/scroller.tsx';
import { chosenPipeline } from '../state/pipelines.ts';
import { session } from '../state/session.ts';
import type { Named } from './description.ts';
import type { AnswerOf, Operation } from './operations.ts';
import { ParameterTable } from './parameter-table.tsx';
import { curlOf, firstValues } from './request.ts';
import { SchemaTable } from './schema-table.tsx';
import { TryIt } from './try-it.tsx';

type SectionProps = {
  readonly of: Operation;
  readonly named: Named;
  /** Whether the address of the page names it: then it is open, and where the reader is. */
  readonly chosen: boolean;
};

/** One operation: a line, and all there is to know of it once it is opened. */
export function OperationSection({ of, named, chosen }: SectionProps): JSX.Element {
  const details = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(chosen);
  useEffect(() => {
    if (!chosen) return;
    setOpen(true);
    details.current?.scrollIntoView({ block: 'start' });
    details.current?.querySelector('summary')?.focus({ preventScroll: true });
  }, [chosen]);
  return (
    <details
      class="operation"
      id={of.id}
      ref={details}
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <Icon name="chevron-right" />
        <h3>
          <span class={`chip method ${of.method === 'GET' ? '' : 'accent'}`}>{of.method}</span>
          <code>{of.path}</code>
        </h3>
        <span class="summary">{of.summary}</span>
        {of.access === 'operator' && <span class="chip">for operators</span>}
      </summary>
      {open && <Inside of={of} named={named} />}
    </details>
  );
}

function Inside({ of, named }: { of: Operation; named: Named }): JSX.Element {
  const [values, setValues] = useState(() => firstValues(of, { pipeline: chosenPipeline.peek() }));
  const name = `${of.method} ${of.path}`;
  const streams = of.answers.some(({ mediaType }) => mediaType === 'text/event-stream');
  const curl = curlOf(of, values, window.location.origin, session.value?.login ?? 'none');
  return (
    <div class="operation-body stack">
      <p>
        {of.description !== '' && (
          <>
            <Prose text={of.description} />{' '}
          </>
        )}
        <a href={`#${of.id}`}>Link to this</a>
      </p>
      {of.parameters.length > 0 && (
        <div>
          <h4>Parameters</h4>
          <ParameterTable of={of} named={named} />
        </div>
      )}
      {of.body !== null && (
        <div>
          <h4>Body</h4>
          <SchemaTable label={`Body of ${name}`} schema={of.body} named={named} />
        </div>
      )}
      <div>
        <h4>Answers</h4>
        <dl class="answers">
          {of.answers.map((answer) => (
            <Answer key={answer.status} of={answer} name={name} named={named} />
          ))}
        </dl>
      </div>
      <div>
        <h4>Example</h4>
        <Scroller label={`Example of ${name}`}>
          <pre>
            <code>{curl}</code>
          </pre>
        </Scroller>
      </div>
      {of.method === 'GET' && !streams && (
        <div>
          <h4>Try it</h4>
          <TryIt of={of} values={values} onValues={setValues} />
        </div>
      )}
    </div>
  );
}

/** What a problem looks like is said once, beside its codes. */
function Answer({ of, name, named }: { of: AnswerOf; name: string; named: Named }): JSX.Element {
  const isProblem = of.status === 'default';
  return (
    <>
      <dt>
        <span class={`chip ${isProblem ? 'bad' : 'good'}`}>{isProblem ? '4xx, 5xx' : of.status}</span>
      </dt>
      <dd>
        {isProblem ? (
          <a href="#problems">A problem, with a stable code</a>
        ) : (
          <span>
            {of.mediaType === undefined ? 'Nothing in it' : of.description} <span class="muted">{of.mediaType}</span>
          </span>
        )}
        {!isProblem && of.schema !== undefined && (
          <SchemaTable label={`Answer ${of.status} of ${name}`} schema={of.schema} named={named} />
        )}
      </dd>
    </>
  );
}
