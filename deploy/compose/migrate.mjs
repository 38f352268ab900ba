// The job `migrate` of docker-compose.yml: `medallion migrate` for the pipelines of PIPELINES, with the options that follow
// (docker compose run --rm migrate --dry-run). Topics of producers are made too: there is nobody else here who would.
import { fileURLToPath } from 'node:url';

const names = (process.env.PIPELINES ?? '').split(',').map((name) => name.trim());

/** The tables that have to be able to gain columns, while bronze-ingest may make nothing. */
async function unable() {
  if (process.env.BRONZE_MIGRATE === 'auto') return [];
  const { gainsColumns } = await import('../../libs/pipeline/src/index.ts');
  const loaded = names.map((name) => import(`../../pipelines/${name}/pipeline.ts`));
  // One that cannot be loaded is for the command to tell.
  const plans = await Promise.all(loaded).catch(() => []);
  return plans.flatMap(({ default: plan }) =>
    plan.tables.filter(gainsColumns).map((table) => `${plan.name}.${table.name}`),
  );
}

const tables = await unable();
if (tables.length > 0) {
  console.error(
    `${tables.join(', ')}: gains columns from its files, so bronze-ingest has to be able to register them: set BRONZE_MIGRATE=auto`,
  );
  process.exitCode = 2;
} else {
  const program = new URL('../../scripts/medallion.ts', import.meta.url);
  const sources = process.env.SOURCE_PARTITIONS || '4';
  process.argv = [
    process.execPath,
    fileURLToPath(program),
    'migrate',
    ...names,
    '--sources',
    sources,
    ...process.argv.slice(2),
  ];
  await import(program.href);
}
