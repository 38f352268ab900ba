import type { JSX } from 'preact';
import { Problem } from '../../components/problem.tsx';
import type { Pages } from './use-pages.tsx';

/** The way to the next page, where there is one. */
export const MoreButton = <P,>({ of }: { of: Pages<P> }): JSX.Element => (
  <>
    {of.problem !== null && <Problem problem={of.problem} />}
    {of.more !== null && (
      <button type="button" class="button more" onClick={of.more}>
        Show more
      </button>
    )}
  </>
);
