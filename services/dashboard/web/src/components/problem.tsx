import type { JSX } from 'preact';
import type { Problem as ProblemOf } from '../api/contract.ts';
import { Icon } from './icon.tsx';

/** What went wrong, with its code and what to do. */
export function Problem({ problem, retry }: { problem: ProblemOf; retry?: () => void }): JSX.Element {
  return (
    <div class="notice bad">
      <Icon name="octagon" />
      <div>
        <p class="notice-title">
          {problem.title !== problem.code && problem.title}
          {problem.code !== undefined && <code>{problem.code}</code>}
        </p>
        {problem.detail !== '' && problem.detail !== problem.title && <p>{problem.detail}</p>}
        {problem.remedy !== undefined && <p class="muted">{problem.remedy}</p>}
      </div>
      {retry !== undefined && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
