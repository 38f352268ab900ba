// npm run query -- 'SELECT …': rows of the tables in Postgres, for machines without psql; --help tells more.
import { query } from '../libs/launch/src/index.ts';

process.exitCode = await query(process.argv.slice(2), process.env);
