import { parsePrometheus } from '@medallion/service';
import type { ServiceGroup } from '../../support/service-group.ts';
import type { ServiceProcess } from '../../support/service-process.ts';
import type { Sign } from '../fault.ts';

/** What `/readyz?verbose` of an instance says; `answers` is false when nothing comes. */
export type Readiness = { readonly answers: boolean; readonly ready: boolean; readonly codes: readonly string[] };

type Answer = {
  readonly status?: unknown;
  readonly code?: string;
  readonly checks?: readonly { readonly ok: boolean; readonly code?: string }[];
};

const ASK_MS = 1_000;

async function ask(instance: ServiceProcess, path: string): Promise<Response> {
  return fetch(new URL(path, await instance.url(ASK_MS)), { signal: AbortSignal.timeout(ASK_MS) });
}

/** Asks an instance how it is. */
export async function readinessOf(instance: ServiceProcess): Promise<Readiness> {
  try {
    const response = await ask(instance, '/readyz?verbose');
    const { code, checks = [] } = (await response.json()) as Answer;
    const failed = checks.flatMap((check) => (check.ok || check.code === undefined ? [] : [check.code]));
    return { answers: true, ready: response.ok, codes: [...(code === undefined ? [] : [code]), ...failed] };
  } catch {
    return { answers: false, ready: false, codes: [] };
  }
}

/** The sum of a metric over all instances that answer, and over its labels. */
export async function metricOf(group: ServiceGroup, metric: string): Promise<number> {
  const pages = await Promise.all(
    group.instances.map((instance) =>
      ask(instance, '/metrics')
        .then((response) => response.text())
        .catch(() => ''),
    ),
  );
  const samples = pages.flatMap(parsePrometheus).filter(({ name }) => name === metric);
  return samples.reduce((sum, { value }) => sum + value, 0);
}

/** `/readyz` of some instance answers 503, and `?verbose` says one of these codes. */
export const notReady = (group: ServiceGroup, codes: readonly string[], withinMs = 60_000): Sign => ({
  what: `/readyz of ${group.name}: 503 ${codes.join(' or ')}`,
  withinMs,
  async seen() {
    const all = await Promise.all(group.instances.map(readinessOf));
    return all.some((each) => each.answers && !each.ready && each.codes.some((code) => codes.includes(code)));
  },
});

/** All instances are ready, so many of them. */
export const ready = (group: ServiceGroup, count: number, withinMs = 60_000): Sign => ({
  what: `/readyz of ${group.name}: 200${count === 1 ? '' : `, of ${count} instances`}`,
  withinMs,
  async seen() {
    const all = await Promise.all(group.instances.map(readinessOf));
    return all.length === count && all.every((each) => each.ready);
  },
});

/** The endpoints of an instance do not answer. */
export const silent = (instance: ServiceProcess): Sign => ({
  what: `/readyz of ${instance.name}, process ${instance.pid}: no answer`,
  withinMs: 30_000,
  seen: async () => !(await readinessOf(instance)).answers,
});

/** A line with this text is logged from now on. */
export function logged(group: ServiceGroup, text: string, withinMs = 60_000): Sign {
  const before = group.logged(text);
  return { what: `log of ${group.name}: ${text}`, withinMs, seen: () => group.logged(text) > before };
}

/** A metric becomes more than it is now, by at least so much. */
export async function rises(group: ServiceGroup, metric: string, by: number, withinMs = 60_000): Promise<Sign> {
  const before = await metricOf(group, metric);
  return {
    what: `${metric} of ${group.name}: ${by === 1 ? 'more' : `${by} more`} than before`,
    withinMs,
    seen: async () => (await metricOf(group, metric)) >= before + by,
  };
}

/** A metric, summed over instances and labels, is what it should be. */
export const measures = (
  group: ServiceGroup,
  metric: string,
  is: { readonly what: string; readonly seen: (value: number) => boolean },
  withinMs = 60_000,
): Sign => ({
  what: `${metric} of ${group.name}: ${is.what}`,
  withinMs,
  seen: async () => is.seen(await metricOf(group, metric)),
});
