import { existsSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import type { PipelinePlan } from '@medallion/pipeline';
import { opsUrl, SERVICES } from './fleet.ts';
import { relationsOf, viewsOf } from './gold-facts.ts';
import type { HelpView } from './view/model.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const isOnPath = (program: string, env: Environment): boolean =>
  (env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)));

/** Where to look further. The credentials of a database that is not ours are not shown. */
export function helpOf(options: {
  readonly plan: PipelinePlan;
  readonly databaseUrl: string;
  readonly env: Environment;
  readonly metricsPort: number;
  readonly dashboardPort: number | null;
  readonly folders: readonly string[];
}): HelpView {
  const { plan, databaseUrl, env, metricsPort, dashboardPort, folders } = options;
  const external = Boolean(env.DATABASE_URL);
  const [view] = viewsOf(plan);
  const [relation] = relationsOf(plan).toReversed();
  const sql =
    view === undefined
      ? `SELECT * FROM ${relation === undefined ? 'medallion.conservation' : `${plan.schemaName}.${relation.name}`} LIMIT 5`
      : `SELECT * FROM ${plan.schemaName}.${view.name} ORDER BY window_start DESC LIMIT 5`;
  const psql = `psql ${external ? '"$DATABASE_URL"' : databaseUrl} -c '${sql}'`;
  return {
    dashboard: dashboardPort === null ? null : `http://127.0.0.1:${dashboardPort}`,
    query: isOnPath('psql', env) ? psql : `npm run query -- '${sql}'`,
    databaseUrl: external ? 'that of DATABASE_URL' : databaseUrl,
    metrics: SERVICES.map(({ name }, i) => ({ name, url: `${opsUrl(i, metricsPort)}/metrics` })),
    logs: folders.map((folder) => `${relative(process.cwd(), folder) || folder}/*.log`).join(' · '),
  };
}
