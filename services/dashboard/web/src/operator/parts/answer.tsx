import type { ComponentChildren, JSX } from 'preact';
import { liveState } from '../../api/live.ts';
import type { Resource } from '../../api/resource.ts';
import { Age } from '../../components/age.tsx';
import { Problem } from '../../components/problem.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { clock } from '../../format/instants.ts';
import { zone } from '../../state/preferences.ts';

type AnswerProps<T> = {
  readonly of: Resource<T>;
  /** Lines of the skeleton that keeps the place. */
  readonly lines: number;
  readonly children: (data: T) => ComponentChildren;
};

/** What an address answered: its place is kept until it does, and what it said before stays while it says nothing new. */
export function Answer<T>({ of, lines, children }: AnswerProps<T>): JSX.Element {
  const data = of.data.value;
  const problem = of.problem.value;
  if (data === null && problem === null) return <Skeleton lines={lines} />;
  return (
    <>
      {problem !== null && <Problem problem={problem} retry={() => void of.reload()} />}
      {data !== null && (
        <div class="stack fit" aria-busy={of.changing.value}>
          {children(data)}
        </div>
      )}
    </>
  );
}

/** How old what is on show is, where it is not live: the numbers stay, and say so. */
export function Staleness({ at }: { at: number | null }): JSX.Element | null {
  if (at === null || liveState.value.name === 'live') return null;
  return (
    <span class="tone warn">
      As of {clock(at, zone.value)}, <Age at={at} />
    </span>
  );
}
