import { signal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Problem } from '../components/problem.tsx';
import { Skeleton } from '../components/skeleton.tsx';

/** A component whose code is fetched when it is first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element {
  const loaded = signal<ComponentType<P> | null>(null);
  const failed = signal(false);
  let asked = false;
  const ask = (): void => {
    if (asked) return;
    asked = true;
    failed.value = false;
    load().then(
      (component) => {
        loaded.value = component;
      },
      () => {
        asked = false;
        failed.value = true;
      },
    );
  };
  return function Lazy(props: P): JSX.Element {
    useEffect(ask, []);
    const Loaded = loaded.value;
    if (Loaded !== null) return <Loaded {...props} />;
    if (failed.value) return <Problem problem={NOT_FETCHED} retry={ask} />;
    return <Skeleton />;
  };
}

const NOT_FETCHED = {
  type: 'about:blank',
  title: 'This part of the page could not be fetched',
  status: 0,
  detail:
    'The dashboard may be restarting, or was updated since this page was opened. Reload the page if trying again does not help.',
};
