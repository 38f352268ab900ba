import { type Compose, docker } from './compose.ts';

/** When a container started, and when it was ready (a service of ours says so) or done (a job), in seconds since `up`. */
export type Step = { readonly service: string; readonly started: number; readonly 'ready or done'?: number };

type State = { readonly StartedAt: string; readonly FinishedAt: string; readonly Status: string };

/** In which order, and when, the first containers of services came up. `since` in epoch milliseconds. */
export async function timeline(compose: Compose, services: readonly string[], since: number): Promise<readonly Step[]> {
  const seconds = (time: string): number => Math.round((Date.parse(time) - since) / 100) / 10;
  const steps = services.map(async (service): Promise<Step> => {
    const [id] = await compose.containers(service, true);
    if (id === undefined) throw new Error(`there is no container of ${service}`);
    const state = JSON.parse(await docker('inspect', '-f', '{{json .State}}', id)) as State;
    const end = state.Status === 'exited' ? state.FinishedAt : await saidReady(id);
    return {
      service,
      started: seconds(state.StartedAt),
      ...(end === undefined ? {} : { 'ready or done': seconds(end) }),
    };
  });
  return (await Promise.all(steps)).toSorted((a, b) => a.started - b.started);
}

/** When a service of ours has said that it is ready; undefined of all else. */
async function saidReady(id: string): Promise<string | undefined> {
  const lines = (await docker('logs', '--timestamps', id)).split('\n');
  return lines.find((line) => /"msg":"ready"/.test(line))?.split(' ')[0];
}
