import { docker } from './compose.ts';

/** What a container takes, in megabytes of 10^6 bytes. */
export type Memory = { readonly service: string; readonly mb: number; readonly limitMb: number; readonly cpu: string };

const UNITS: Readonly<Record<string, number>> = {
  B: 1e-6,
  kB: 1e-3,
  KiB: 1024 / 1e6,
  MB: 1,
  MiB: 1024 ** 2 / 1e6,
  GB: 1e3,
  GiB: 1024 ** 3 / 1e6,
};

const megabytes = (text: string): number => {
  const [, number = '', unit = ''] = /^([\d.]+)\s*([A-Za-z]+)$/.exec(text.trim()) ?? [];
  return Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
};

/** What `docker stats` says of containers, by the service that they are of. */
export async function memoryOf(containers: ReadonlyMap<string, readonly string[]>): Promise<readonly Memory[]> {
  const services = new Map(
    [...containers].flatMap(([service, ids]) => ids.map((id): [string, string] => [id, service])),
  );
  if (services.size === 0) return [];
  const lines = await docker('stats', '--no-stream', '--format', '{{json .}}', ...services.keys());
  return lines.split('\n').map((line) => {
    const { ID, MemUsage, CPUPerc } = JSON.parse(line) as Record<string, string>;
    const [used = '', limit = ''] = MemUsage!.split('/');
    const id = [...services.keys()].find((each) => each.startsWith(ID!) || ID!.startsWith(each)) ?? '';
    return { service: services.get(id) ?? ID!, mb: megabytes(used), limitMb: megabytes(limit), cpu: CPUPerc! };
  });
}
