import { computed, signal } from '@preact/signals';
import { getJson } from '../api/client.ts';
import type { Pipeline } from '../api/contract.ts';
import { currentPath } from '../router/router.ts';

/** The pipeline that the business page and the pre-built queries are about. */
export const SANTA = 'santa-deliveries';

/** The pipelines that have tables, as the catalogue knows them; null until they are known. */
export const pipelines = signal<readonly Pipeline[] | null>(null);

const last = signal(SANTA);

/** The pipeline that the address is about, else the one looked at before. */
export const chosenPipeline = computed(() => {
  const [kind, name] = currentPath.value.split('/').filter(Boolean);
  if ((kind === 'pipelines' || kind === 'operator') && name !== undefined) return decodeURIComponent(name);
  return kind === undefined || kind === 'queries' ? SANTA : last.value;
});

/** Reads the catalogue until there is an answer; it changes with a deployment only. */
export function startPipelines(): void {
  chosenPipeline.subscribe((name) => {
    last.value = name;
  });
  const ask = (attempt: number): void => {
    const again = (ms: number): number => window.setTimeout(ask, ms, attempt + 1);
    getJson<readonly Pipeline[]>('/api/pipelines').then(
      (found) => {
        pipelines.value = found;
        // A dashboard that was up before the pipelines were sees them come.
        again(found.length === 0 ? 5_000 : 60_000);
      },
      () => again(Math.min(15_000, 1_000 * 2 ** Math.min(attempt, 5))),
    );
  };
  ask(0);
}
