import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RedriveReport } from '../../api/contract.ts';
import { Icon } from '../../components/icon.tsx';
import { count } from '../../format/numbers.ts';
import { Fact, Facts } from '../parts/facts.tsx';
import { counted } from '../words.ts';
import { changes, outcomeOf } from './outcome.ts';
import { placeText } from './selection.ts';

/** Rows of one kind of change that are shown before somebody asks for more. */
const SHOWN = 5;

/** What a redrive would do: sums, then row by row what is and what would be. */
export function ReportView({ report }: { report: RedriveReport }): JSX.Element {
  const { chosen, kept, refusedAgain, leftOut, stops } = outcomeOf(report);
  return (
    <div class="report stack fit">
      <p class="small muted">Judged by the plan as it is now; nothing is written.</p>
      <Facts>
        <Fact name="Chosen">{count(chosen)}</Fact>
        <Fact name="Would be kept">
          <span class={kept > 0 ? 'tone good' : ''}>{count(kept)}</span>
        </Fact>
        <Fact name="Refused again">{count(refusedAgain)}</Fact>
        {leftOut > 0 && <Fact name="Left out by a condition">{count(leftOut)}</Fact>}
        {stops > 0 && (
          <Fact name="Would stop the flow">
            <span class="tone bad">{count(stops)}</span>
          </Fact>
        )}
        {report.flows.map(({ flow, topic, records }) => (
          <Fact key={flow} name={`To ${flow}`}>
            {counted(records, 'record')} by {topic}
          </Fact>
        ))}
      </Facts>
      {report.left.map(({ why, records }) => (
        <p key={why} class="small">
          {counted(records, 'record')} left: {why}
        </p>
      ))}
      {report.more && <p class="small">There are more than one redrive takes.</p>}
      {changes(report.rows).map((change) => (
        <ChangeView key={`${change.before} ${change.after}`} change={change} />
      ))}
    </div>
  );
}

function ChangeView({ change }: { change: ReturnType<typeof changes>[number] }): JSX.Element {
  const [all, setAll] = useState(false);
  const shown = all ? change.rows : change.rows.slice(0, SHOWN);
  return (
    <div class="change">
      <p class="change-head">
        <span class="before">{change.before}</span>
        <Icon name="arrow-right" />
        <span class="visually-hidden">becomes</span>
        <span class={`after ${change.better ? 'tone good' : 'tone warn'}`}>{change.after}</span>
        <span class="muted small">{counted(change.rows.length, 'row')}</span>
      </p>
      <ol class="change-rows small">
        {shown.map((row) => (
          <li key={placeText(row.place)}>
            <code class="muted">{placeText(row.place)}</code>
            {row.row !== null && <code class="row-text">{JSON.stringify(row.row)}</code>}
          </li>
        ))}
      </ol>
      {change.rows.length > shown.length && (
        <button type="button" class="button quiet" onClick={() => setAll(true)}>
          All {count(change.rows.length)}
        </button>
      )}
    </div>
  );
}
