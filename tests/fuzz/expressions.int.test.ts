import { fuzzTest } from './engine/fuzz-test.ts';
import { expressionsOnPostgres } from './entrances/expressions-postgres.ts';

/** Texts of conditions have 2,000 cases without Postgres. */
fuzzTest(expressionsOnPostgres, { cases: 600 });
