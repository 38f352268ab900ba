import { until } from '../../support/until.ts';

/** Waits until Prometheus, on a port of this machine, has answers from so many instances of a service; gives all that answer. */
export async function scraped(port: string, service: string, instances: number): Promise<readonly string[]> {
  return until(
    `Prometheus sees ${instances} of ${service}`,
    async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent('up == 1')}`);
      const { data } = (await response.json()) as { data: { result: { metric: { job?: string } }[] } };
      const names = data.result.map(({ metric }) => metric.job ?? '');
      return names.filter((name) => name === service).length === instances ? names : null;
    },
    { timeoutMs: 40_000, everyMs: 1_000 },
  );
}
