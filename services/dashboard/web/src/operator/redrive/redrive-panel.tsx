import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, postJson } from '../../api/client.ts';
import type { Problem as ProblemOf, RedriveReport, RedriveRequest } from '../../api/contract.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Icon } from '../../components/icon.tsx';
import { Problem } from '../../components/problem.tsx';
import { session } from '../../state/session.ts';
import { apiPath, sectionPath } from '../addresses.ts';
import { counted } from '../words.ts';
import { outcomeOf, sentBy } from './outcome.ts';
import { whyNot } from './permission.ts';
import { ReportView } from './report-view.tsx';
import { requestOf, type Scope, type Selection } from './selection.ts';

type PanelProps = {
  readonly pipeline: string;
  readonly scope: Scope;
  readonly selection: Selection;
  readonly onRedriven: () => void;
};

/**
 * What is under way; each is about the request that it carries, so that what was rehearsed is what is redriven.
 *
 *   idle ── dry run ──▶ asking ──▶ rehearsed ── redrive ──▶ asking ──▶ done
 *                          └──▶ failed            (another choice leads back to idle)
 */
type Step =
  | { readonly name: 'idle' }
  | { readonly name: 'asking'; readonly dryRun: boolean }
  | { readonly name: 'rehearsed'; readonly key: string; readonly report: RedriveReport }
  | { readonly name: 'done'; readonly report: RedriveReport }
  | { readonly name: 'failed'; readonly key: string; readonly dryRun: boolean; readonly problem: ProblemOf };

/**
 * From a choice of rows to a dry run, and from there to a redrive: rows that were ticked are redriven only as rehearsed; of all
 * that match those are taken that match then.
 */
export function RedrivePanel({ pipeline, scope, selection, onRedriven }: PanelProps): JSX.Element {
  const [step, setStep] = useState<Step>({ name: 'idle' });
  const [confirming, setConfirming] = useState(false);
  const request = requestOf(scope, selection, true);
  const key = JSON.stringify(request);
  const forbidden = whyNot(session.value);
  // Another choice than was rehearsed: what is known of that says nothing of this.
  const now: Step = (step.name === 'rehearsed' || step.name === 'failed') && step.key !== key ? { name: 'idle' } : step;

  const ask = async (asked: RedriveRequest): Promise<void> => {
    setConfirming(false);
    setStep({ name: 'asking', dryRun: asked.dryRun });
    try {
      const report = await postJson<RedriveReport>(apiPath(pipeline, ['redrives']), asked);
      setStep(asked.dryRun ? { name: 'rehearsed', key, report } : { name: 'done', report });
      if (!asked.dryRun) onRedriven();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setStep({ name: 'failed', key, dryRun: asked.dryRun, problem: error.problem });
    }
  };
  const records = now.name === 'rehearsed' ? sentBy(now.report) : 0;
  return (
    <section class="redrive" aria-label="Redrive">
      <div class="redrive-bar">
        <p>{request === null ? 'No row is chosen' : chosenText(selection)}</p>
        {forbidden !== null && <p class="muted small">{forbidden}</p>}
        <button
          type="button"
          class={now.name === 'rehearsed' ? 'button' : 'button primary'}
          disabled={request === null || forbidden !== null || now.name === 'asking'}
          onClick={() => request !== null && void ask(request)}
        >
          {now.name === 'asking' && now.dryRun ? 'Judging …' : 'Dry run'}
        </button>
        {now.name === 'rehearsed' && (
          <button
            type="button"
            class="button primary"
            disabled={!outcomeOf(now.report).worthwhile}
            onClick={() => setConfirming(true)}
          >
            Redrive {counted(records, 'record')} …
          </button>
        )}
      </div>
      <div role="status">
        {now.name === 'asking' && !now.dryRun && <p class="muted">Redriving …</p>}
        {now.name === 'rehearsed' && <ReportView report={now.report} />}
        {now.name === 'done' && <Done pipeline={pipeline} scope={scope} report={now.report} />}
        {now.name === 'failed' && <Problem problem={now.problem} />}
        {now.name === 'failed' && !now.dryRun && now.problem.status === 0 && (
          <p class="small">
            It may have been done all the same: <a href={redrivesPath(pipeline, scope)}>see what was redriven</a>. To
            ask again does no harm, as each record is redriven once.
          </p>
        )}
      </div>
      <Dialog
        title={`Redrive ${counted(records, 'record')}?`}
        open={confirming}
        onClose={() => setConfirming(false)}
        actions={
          <>
            <button type="button" class="button" onClick={() => setConfirming(false)}>
              Leave them
            </button>
            <button
              type="button"
              class="button primary"
              onClick={() => request !== null && void ask({ ...request, dryRun: false })}
            >
              Redrive {counted(records, 'record')}
            </button>
          </>
        }
      >
        <p>
          The flow that refused them processes them again, by the plan as it is now. Each is redriven once; those that
          break a rule again go back into quarantine. Who did it is kept in the event log.
        </p>
        {now.name === 'rehearsed' && (
          <p class="muted small">
            {keptText(now.report)} {selection.kind === 'all' && 'Rows that came since and match go as well.'}
          </p>
        )}
      </Dialog>
    </section>
  );
}

const redrivesPath = (pipeline: string, scope: Scope): string =>
  sectionPath(pipeline, 'redrives', { table: scope.table });

const chosenText = (selection: Selection): string =>
  selection.kind === 'all' ? 'All rows that match are chosen' : `${counted(selection.places.size, 'row')} chosen`;

const keptText = (report: RedriveReport): string => {
  const { chosen, kept } = outcomeOf(report);
  return `By the dry run ${counted(kept, 'row')} of ${counted(chosen, 'record')} would be kept.`;
};

const Done = ({ pipeline, scope, report }: { pipeline: string; scope: Scope; report: RedriveReport }): JSX.Element => (
  <div class="notice">
    <Icon name="circle-check" />
    <div>
      <p class="notice-title">{counted(sentBy(report), 'record')} redriven</p>
      <p class="small">
        Their flows process them within seconds. <a href={redrivesPath(pipeline, scope)}>Follow what becomes of them</a>
      </p>
      {report.left.map(({ why, records }) => (
        <p key={why} class="small muted">
          {counted(records, 'record')} left: {why}
        </p>
      ))}
      {report.more && <p class="small">There are more than one redrive takes: do it again for the rest.</p>}
    </div>
  </div>
);
