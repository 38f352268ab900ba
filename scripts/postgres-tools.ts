// npm run postgres-tools: prints the folder with pg_dump, pg_restore and psql of Postgres 18; fetches them where it must.
import { postgresTools } from '../libs/devstack/src/index.ts';

console.log(await postgresTools());
